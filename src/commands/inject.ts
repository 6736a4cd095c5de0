import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import { EXIT } from '../model/errors.js';
import type { FaultHandle } from '../model/session.js';

const NUMBER = /^\d+(\.\d+)?$/;
/** As YAML would read it: `503` is a number, `30%` and `200ms` are text. */
const plain = (typed: string | undefined): string | number | undefined => (typed !== undefined && NUMBER.test(typed) ? Number(typed) : typed);

export default class Inject extends BaseCommand {
	static override summary = 'break a node of the running cluster: kill, freeze, delay, drop …';
	static override description =
		"Asks the cluster of this folder, or of the nearest one above (daruma cluster up), and returns when somebody else has seen the effect, with that evidence. The fault is then the supervisor's: it heals it at its time, whatever becomes of this command. Without --for it lasts until daruma heal, or until the cluster ends. A node has one fault at a time. Exit codes: 0 effective, 2 usage, 3 it is on and its effect was not seen in time, 4 no cluster, or it could not be injected, 130/143 interrupted: the fault stays.";
	static override examples = [
		'<%= config.bin %> inject kill n2',
		'<%= config.bin %> inject delay n2 --latency 200ms --jitter 50ms --for 30s',
		'<%= config.bin %> inject drop majority --share 30% --unit request',
		'<%= config.bin %> inject crash one --methods POST',
		'<%= config.bin %> inject error all --status 503 --share 10% --for 1min --wait',
	];
	static override args = {
		fault: Args.string({ required: true, description: 'kill, freeze, term, crash, reset, blackhole, delay, drop, error' }),
		target: Args.string({ required: true, description: 'n1, n2 …, or one, minority, half, majority, all' }),
	};
	static override flags = {
		for: Flags.string({ description: 'heal it after so long; else it lasts until it is healed', helpValue: '10s' }),
		latency: Flags.string({ description: 'delay: added to each answer (default 200ms)', helpValue: '200ms' }),
		jitter: Flags.string({ description: 'delay: more or less', helpValue: '50ms' }),
		share: Flags.string({ description: 'of requests (drop: of its unit) that meet it', helpValue: '30%' }),
		unit: Flags.string({ description: 'drop: what the share is of', helpValue: 'request|connection|bytes' }),
		status: Flags.string({ description: 'error: answered instead (default 503)', helpValue: '503' }),
		methods: Flags.string({ description: 'crash: only such a request trips it', helpValue: 'POST,PUT' }),
		wait: Flags.boolean({ description: 'return when it is healed' }),
	};

	async run(): Promise<{ faults: FaultHandle[] }> {
		const { args, flags } = await this.parse(Inject);
		const written = {
			kind: args.fault,
			target: args.target,
			for: flags.for,
			latency: flags.latency,
			jitter: flags.jitter,
			share: plain(flags.share),
			unit: flags.unit,
			status: plain(flags.status),
			methods: flags.methods?.split(',').map((each) => each.trim()),
		};
		const [{ readFault }, { connectSession }] = await Promise.all([import('../config/stage.js'), import('../engine/session/remote.js')]);
		const isArgument = (path: string): boolean => path === '' || path === 'kind' || path === 'target';
		const place = (path: string): string => (path === 'kind' ? 'FAULT' : isArgument(path) ? 'NODE' : `--${path.replace(/\[\d+\]$/, '')}`);
		// What is wrong with the words is told before anybody is asked.
		await readFault(written, Number.POSITIVE_INFINITY, place, 'E_FLAG');
		const session = await connectSession(process.cwd());
		const abort = new AbortController();
		const unhear = this.onInterrupt((signal) => abort.abort(signal));
		try {
			const injected = await this.unlessInterrupted(session.inject(written), abort.signal);
			await this.tell(injected);
			const faults = flags.wait ? await this.unlessInterrupted(session.untilHealed(injected.map(({ id }) => id)), abort.signal) : injected;
			if (flags.wait) await this.tell(faults);
			const unseen = injected.some(({ evidence }) => evidence === null);
			const unhealed = flags.wait && faults.some(({ state }) => state === 'unhealed');
			return this.finish({ faults }, unhealed ? EXIT.unhealed : unseen ? EXIT.inconclusive : EXIT.ok);
		} finally {
			unhear();
			session.close();
		}
	}

	private async tell(faults: readonly FaultHandle[]): Promise<void> {
		if (this.jsonEnabled()) return;
		const { faultLine } = await import('../report/cluster/table.js');
		const style = await this.style();
		for (const fault of faults) process.stdout.write(`${faultLine(fault, style)}\n`);
	}

	/** The fault is the supervisor's by now: leaving does not take it back. */
	private async unlessInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
		const { DarumaError } = await import('../model/errors.js');
		const left = new Promise<never>((_, reject) => {
			const leave = (): void => {
				const exit = signal.reason === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
				reject(
					new DarumaError(
						exit === EXIT.interrupted ? 'E_INTERRUPTED' : 'E_TERMINATED',
						exit,
						'interrupted; the fault stays with its supervisor',
						'take it back: daruma heal',
					),
				);
			};
			if (signal.aborted) leave();
			signal.addEventListener('abort', leave, { once: true });
		});
		return Promise.race([work, left]);
	}
}
