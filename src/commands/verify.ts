import { Args, Flags } from '@oclif/core';
import { parseDuration } from '../model/duration.js';
import { usageError } from '../model/errors.js';
import type { RunResult } from '../model/run.js';
import { RunCommand, reportFlags } from '../run-command.js';

const list = (text: string | undefined): string[] | undefined =>
	text
		?.split(',')
		.map((each) => each.trim())
		.filter((each) => each !== '');

/** What stands behind a bare `--` is the user's own command line; none at all is a slip. */
const splitAtDashes = (argv: readonly string[]): [ours: string[], command: string[] | undefined] => {
	const at = argv.indexOf('--');
	if (at < 0) return [[...argv], undefined];
	const command = argv.slice(at + 1);
	if (command.length === 0) throw usageError('E_USAGE', 'expected a command after --, found none', 'such as: daruma verify -- npm test');
	return [argv.slice(0, at), command];
};

export default class Verify extends RunCommand {
	static override summary = 'run the experiments of a daruma.yaml: traffic, faults, heals, and a verdict with evidence';
	static override description =
		'Starts the cluster and the subject (the built-in client, nginx, HAProxy or any command), sends open-loop traffic, injects the faults, heals them, and judges both sides: what clients saw, and what the replicas received and executed. Without a file, --subject alone is enough. What stands behind -- is your own traffic in place of ours, judged by its exit code and by what the replicas saw; it finds the subject at $DARUMA_URL, or the nodes in $DARUMA_UPSTREAMS. Exit codes: 0 all held, 1 a check failed, 2 usage or configuration, 3 inconclusive, 4 the stage could not be set, 6 an undo could not be verified, 130/143 interrupted and healed.';
	static override examples = [
		'<%= config.bin %> verify',
		'<%= config.bin %> verify --subject nginx --faults kill,freeze,blackhole,crash',
		'<%= config.bin %> verify --subject ./nginx.conf --rate 300/s --expect "availability >= 99%" --expect "p99 <= 500ms"',
		'<%= config.bin %> verify daruma.yaml --only "a replica is killed" --report junit=out.xml --json',
		'<%= config.bin %> verify consul-kv://127.0.0.1:8500/daruma/web',
		'<%= config.bin %> verify --subject nginx --faults kill -- npm test',
		'<%= config.bin %> verify --dry-run',
	];
	static override args = {
		file: Args.string({ description: 'the daruma.yaml; else the nearest one upward from here; or consul-kv://HOST:PORT/KEY, zk://HOST:PORT/PATH' }),
	};
	static override flags = {
		only: Flags.string({ description: 'only the experiment of this name; repeatable', multiple: true, multipleNonGreedy: true }),
		faults: Flags.string({
			description: 'these faults instead, one experiment each: kill,freeze,term,crash,reset,blackhole,delay,drop,error,partition',
			helpValue: 'kill,freeze,…',
		}),
		subject: Flags.string({
			description: 'who fails over: client, nginx, haproxy, or the path of an nginx or HAProxy config',
			helpValue: 'nginx|haproxy|client|FILE',
		}),
		rate: Flags.string({ description: 'requests per second', helpValue: '200/s' }),
		seed: Flags.string({ description: 'same seed, same schedule and random decisions' }),
		expect: Flags.string({
			description: 'a bound, in place of the file’s of the same metric; repeatable',
			multiple: true,
			multipleNonGreedy: true,
			helpValue: "'p99 <= 250ms'",
		}),
		correlate: Flags.string({
			description: 'where a request id survives the subject, besides x-daruma-id: trace, header NAME, query NAME, or body /POINTER',
			helpValue: "'header x-request-id'",
		}),
		allow: Flags.string({
			description: 'a host beyond loopback at which a subject url may point; repeatable',
			multiple: true,
			multipleNonGreedy: true,
			helpValue: 'HOST',
		}),
		'dry-run': Flags.boolean({ char: 'n', description: 'print the resolved plan and what it will not be able to show; start nothing' }),
		deadline: Flags.string({ description: 'heal and stop (exit 4) if the run lasts longer', helpValue: '5min' }),
		'keep-going': Flags.boolean({ description: 'after an experiment was halted by its `halt`, go on with the next one' }),
		...reportFlags,
	};

	async run(): Promise<RunResult | { plan: unknown; warnings: string[] }> {
		const [ours, command] = splitAtDashes(this.argv);
		const { args, flags } = await this.parse(Verify, ours);
		const { loadPlan, foresee, describePlan } = await import('../config/index.js');
		const deadlineMs = flags.deadline === undefined ? undefined : parseDuration(flags.deadline);
		if (flags.deadline !== undefined && deadlineMs === undefined)
			throw usageError('E_FLAG', `--deadline: expected a time such as 5min, found "${flags.deadline}"`);
		const faults = list(flags.faults);
		if (faults?.length === 0) throw usageError('E_FLAG', `--faults: expected faults such as kill,freeze, found "${flags.faults}"`);
		const overrides = Object.fromEntries(
			Object.entries({
				only: flags.only,
				faults,
				subject: flags.subject,
				rate: flags.rate,
				seed: flags.seed,
				expect: flags.expect,
				correlate: flags.correlate,
				allow: flags.allow,
				command,
			}).filter(([, value]) => value !== undefined),
		);
		const { plan, warnings } = await loadPlan({ file: args.file, cwd: process.cwd(), overrides });
		const cautions = [...warnings.map((w) => (w.line === null ? w.message : `line ${w.line}: ${w.message}`)), ...foresee(plan)];
		const style = await this.style(process.stderr);
		for (const caution of cautions) process.stderr.write(`${style.yellow('note')}: ${caution}\n`);
		if (flags['dry-run']) {
			if (!this.jsonEnabled()) process.stdout.write(describePlan(plan));
			return this.finish({ plan, warnings: cautions }, 0);
		}
		return this.conduct(plan, { ...flags, deadlineMs, keepGoing: flags['keep-going'] });
	}
}
