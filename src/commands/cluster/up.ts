import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';
import type { LocalSession, SessionNews } from '../../engine/session/local.js';
import { parseDuration } from '../../model/duration.js';
import { EXIT, usageError } from '../../model/errors.js';
import type { SessionStatus } from '../../model/session.js';
import type { Style } from '../../report/style.js';

const LEASE = '1h';
/** Timers end at 2^31 ms. */
const LONGEST_LEASE_MS = 24 * 86_400_000;
const FRAME_MS = 500;

const leaseOf = (typed: string | undefined): number | undefined => {
	const ms = typed === undefined ? undefined : parseDuration(typed);
	if (typed !== undefined && (ms === undefined || ms < 1000 || ms > LONGEST_LEASE_MS)) {
		throw usageError('E_FLAG', `--lease: expected a time from 1s to 576h, such as 30min, found "${typed}"`);
	}
	return ms;
};

export default class ClusterUp extends BaseCommand {
	static override summary = 'start a cluster to break by hand: nodes behind their taps, and who stands before them';
	static override description =
		'The cluster and the subject of a daruma.yaml (named, or the nearest one upward), or without a file three built-in replicas. It stays until Ctrl-C, which heals and ends everything; break it from another terminal with daruma inject and daruma heal. --detach leaves it to a supervisor of its own, which ends everything after its lease, or at daruma cluster down. --json: in the foreground NDJSON, the first line {"kind":"ready","status":…} by schemas/cluster.schema.json; with --detach that status alone. Exit codes: 0 ended by cluster down or its lease, 2 usage, 4 it could not be started or did not hold, 6 an undo could not be verified, 130/143 interrupted and healed.';
	static override examples = [
		'<%= config.bin %> cluster up',
		'<%= config.bin %> cluster up --replicas 5 --subject nginx',
		'<%= config.bin %> cluster up daruma.yaml --detach --lease 30min --json',
	];
	static override args = { file: Args.string({ description: 'the daruma.yaml; else the nearest one upward from here, if any' }) };
	static override flags = {
		replicas: Flags.integer({ description: 'how many nodes', helpValue: '3' }),
		subject: Flags.string({
			description: "who stands before them: nginx, haproxy, or the path of an nginx or HAProxy config; the file's unless said",
			helpValue: 'nginx|haproxy|FILE',
			exclusive: ['no-subject'],
		}),
		'no-subject': Flags.boolean({ description: 'the nodes alone' }),
		detach: Flags.boolean({ char: 'd', description: 'return when all is ready; a supervisor keeps it' }),
		lease: Flags.string({ description: `end everything after so long (with --detach ${LEASE} unless said)`, helpValue: '30min' }),
	};

	async run(): Promise<SessionStatus | undefined> {
		const { args, flags } = await this.parse(ClusterUp);
		const leaseMs = leaseOf(flags.lease);
		const { loadStage } = await import('../../config/stage.js');
		const plan = await loadStage({
			file: args.file,
			cwd: process.cwd(),
			flags: { replicas: flags.replicas, subject: flags['no-subject'] ? 'client' : flags.subject },
		});
		const abort = new AbortController();
		const unhear = this.onInterrupt((signal) => {
			process.stderr.write(`${signal}: healing and ending everything … (once more to leave it to the watchdog)\n`);
			abort.abort(signal);
		});
		try {
			if (!flags.detach) return await this.foreground(plan, leaseMs, abort.signal);
			const { upDetached } = await import('../../engine/session/detach.js');
			const status = await upDetached(plan, process.cwd(), leaseMs ?? (parseDuration(LEASE) as number), abort.signal);
			if (!this.jsonEnabled()) await this.present(status);
			return this.finish(status, EXIT.ok);
		} finally {
			unhear();
		}
	}

	private async foreground(
		plan: Parameters<typeof import('../../engine/session/local.js')['openSession']>[0]['plan'],
		leaseMs: number | undefined,
		signal: AbortSignal,
	): Promise<undefined> {
		const [{ supervise }, { createRun }, { createLiveBlock }, { clusterTable, clusterTitle, faultLine }] = await Promise.all([
			import('../../engine/session/supervise.js'),
			import('../../platform/run-folder.js'),
			import('../../terminal/live-block.js'),
			import('../../report/cluster/table.js'),
		]);
		const json = this.jsonEnabled();
		const style = await this.style(process.stderr);
		const block = createLiveBlock(process.stderr);
		const emit = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
		let session: LocalSession | null = null;
		const draw = (): void => {
			if (session && !signal.aborted) block.draw(['', clusterTitle(session.snapshot(), style), ...clusterTable(session.snapshot(), style)]);
		};
		const frames = setInterval(draw, FRAME_MS);
		const base = process.cwd();
		try {
			await supervise({
				plan,
				base,
				folder: createRun(base),
				detached: false,
				signal,
				...(leaseMs === undefined ? {} : { leaseMs }),
				onNews: (news) => {
					if (json && session) emit({ ...news, atMs: session.snapshot().upMs });
					const text = tell(news, style, faultLine);
					if (text !== null && (session !== null || news.kind === 'stage')) block.line(text);
				},
				onReady: async (ready) => {
					session = ready;
					this.told = true;
					if (json) emit({ kind: 'ready', status: ready.snapshot() });
					if (!json && !block.animated) await this.present(ready.snapshot());
					draw();
					block.line(style.dim('break it from another terminal: daruma inject kill n2; Ctrl-C here heals and ends everything'));
				},
			});
		} finally {
			clearInterval(frames);
			block.done();
		}
		if (json) emit({ kind: 'end' });
		return this.finish(undefined, EXIT.ok);
	}

	/** The document has begun; what comes after it is told on stderr alone. */
	private told = false;

	private async present(status: SessionStatus): Promise<void> {
		const { clusterTable, clusterTitle } = await import('../../report/cluster/table.js');
		const style = await this.style();
		process.stdout.write(`${[clusterTitle(status, style), ...clusterTable(status, style)].join('\n')}\n`);
		if (status.detached) {
			process.stderr.write(`break it: daruma inject kill n2; look: daruma cluster status; end it: daruma cluster down\nlogs: ${status.folder}/logs\n`);
		}
	}

	override async catch(thrown: unknown): Promise<void> {
		if (!this.told || !this.jsonEnabled()) return super.catch(thrown);
		const { explain } = await import('../../base-command.js');
		const { code, message, hint, exit } = explain(thrown);
		process.stdout.write(`${JSON.stringify({ kind: 'end', error: { code, message, ...(hint !== undefined && { hint }) } })}\n`);
		process.exitCode = exit;
	}

	override logJson(json: unknown): void {
		if (json !== undefined) super.logJson(json);
	}
}

const tell = (news: SessionNews, style: Style, faultLine: typeof import('../../report/cluster/table.js')['faultLine']): string | null => {
	if (news.kind === 'state')
		return `${style.bold(news.node)} is ${news.state === 'up' ? style.green('up') : style.red(news.state)}${news.detail ? style.dim(` (${news.detail})`) : ''}`;
	if (news.kind === 'node') return news.step === 'exited' ? `${style.bold(news.node)} exited${news.detail ? style.dim(` (${news.detail})`) : ''}` : null;
	if (news.kind === 'fault') return ['arming', 'healing'].includes(news.fault.state) ? null : faultLine(news.fault, style);
	return news.text;
};
