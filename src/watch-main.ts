import type { WatchNews } from './checks/watch/events.js';
import type { WatchPlan } from './engine/watch/plan.js';
import { EXIT, type ExitCode, usageError } from './model/errors.js';
import type { Target } from './model/target.js';
import { atLeast, duration, expectations, type ProbeFlags, probeOptions, wrong } from './probe-main.js';

/** The flags of `watch`: those of `probe`, and its own. */
export interface WatchFlags extends ProbeFlags {
	targets?: string;
	for?: string;
	detector?: string;
	outlier?: string;
	fast?: string;
	'down-interval'?: string;
	listen?: string;
	'agent-listen'?: string;
	allow?: string[];
	'accept-unknown'?: boolean;
	ttl?: string;
	'load-above'?: number;
	'load-below'?: number;
	'on-change'?: string[];
	'hook-timeout'?: string;
	'hook-jobs'?: number;
	samples?: boolean;
	live?: boolean;
}

/** `--on-change`: words as a shell would see them, or a JSON array; the program must be there. */
const readHook = async (typed: string): Promise<string[]> => {
	const [{ splitWords }, { findProgram }] = await Promise.all([import('./model/command-words.js'), import('./systems/program.js')]);
	let argv: unknown;
	if (typed.trimStart().startsWith('[')) {
		try {
			argv = JSON.parse(typed);
		} catch {
			argv = null;
		}
		if (!Array.isArray(argv) || !argv.every((word) => typeof word === 'string')) return wrong('on-change', 'a JSON array of texts', typed);
	} else argv = splitWords(typed);
	if (typeof argv === 'string') return wrong('on-change', `a command (${argv})`, typed);
	const words = argv as string[];
	const [program] = words;
	if (program === undefined || program === '') return wrong('on-change', "a command such as './notify.sh {endpoint} {to}'", typed);
	const found = await findProgram(program);
	if (!found)
		throw usageError(
			'E_HOOK',
			`--on-change: there is no program ${JSON.stringify(program)} that may be executed`,
			'no shell is used: name a program, with its path or in PATH',
		);
	return [found, ...words.slice(1)];
};

/** Reads the command line. Throws exit 2 or 5 with what is wrong with it. */
export const readWatch = async (typed: readonly string[], flags: WatchFlags): Promise<WatchPlan> => {
	const [{ parseWatched }, { parseDetectorSpec }, { makeCohort, makeDetector }, { parseListenOn }, { isSource }, { parseAs }] = await Promise.all([
		import('./engine/watch/watched.js'),
		import('./detectors/spec.js'),
		import('./detectors/index.js'),
		import('./control/listen-on.js'),
		import('./discovery/index.js'),
		import('./engine/discovery/as.js'),
	]);
	const targets: Target[] = [];
	const pushes: string[] = [];
	const sources = typed.filter(isSource);
	if (flags.as !== undefined) parseAs(flags.as);
	for (const each of typed.filter((each) => !isSource(each)).map(parseWatched)) {
		if ('push' in each) pushes.push(each.push);
		else if (targets.some(({ name }) => name === each.target.name)) throw usageError('E_TARGET', `target ${JSON.stringify(each.target.name)} is named twice`);
		else targets.push(each.target);
	}
	const detector = parseDetectorSpec(flags.detector ?? 'rise-fall');
	makeDetector(detector);
	const cohorts = flags.outlier === undefined ? [] : [parseDetectorSpec(`outlier ${flags.outlier === 'default' ? '' : flags.outlier}`.trim())];
	for (const cohort of cohorts) makeCohort(cohort);
	const intervalMs = duration('interval', flags.interval ?? '1s');
	const above = flags['load-above'] ?? 100;
	const below = flags['load-below'] ?? Math.min(80, above);
	makeDetector({ kind: 'load', above, below });
	const plan: WatchPlan = {
		targets,
		pushes,
		targetsFile: flags.targets ?? null,
		sources: [...new Set(sources)],
		as: flags.as ?? null,
		detector,
		cohorts,
		intervalMs,
		timeoutMs: duration('timeout', flags.timeout ?? '1s'),
		fastMs: flags.fast === 'off' ? null : flags.fast === undefined ? Math.min(250, intervalMs / 4) : duration('fast', flags.fast),
		downMs: flags['down-interval'] === undefined ? intervalMs : duration('down-interval', flags['down-interval']),
		count: flags.count === undefined ? 0 : atLeast('count', 1, flags.count),
		forMs: flags.for === undefined ? null : duration('for', flags.for),
		listen: flags.listen === undefined ? null : parseListenOn('listen', flags.listen, flags.allow),
		agentListen: flags['agent-listen'] === undefined ? null : parseListenOn('agent-listen', flags['agent-listen'], flags.allow),
		acceptUnknown: flags['accept-unknown'] ?? false,
		ttlMs: duration('ttl', flags.ttl ?? '30s'),
		load: { above, below },
		hooks: await Promise.all((flags['on-change'] ?? []).map(readHook)),
		hookTimeoutMs: duration('hook-timeout', flags['hook-timeout'] ?? '10s'),
		hookJobs: atLeast('hook-jobs', 1, flags['hook-jobs'] ?? 4),
		fresh: flags.fresh ?? false,
		seed: flags.seed ?? 1,
		samples: flags.samples ?? false,
	};
	const hears = plan.listen !== null || plan.agentListen !== null;
	if (targets.length + pushes.length + sources.length === 0 && plan.targetsFile === null && !(hears && plan.acceptUnknown)) {
		throw usageError(
			'E_USAGE',
			'expected a target such as http://127.0.0.1:8080/health, a source such as nginx:/etc/nginx/nginx.conf#backend, --targets FILE, or --listen with --accept-unknown',
			'see: daruma watch --help',
		);
	}
	if (pushes.length > 0 && !hears)
		throw usageError('E_USAGE', `push:${pushes[0]} has nowhere to report to`, 'add --listen 127.0.0.1:0 or --agent-listen 127.0.0.1:0');
	if (plan.acceptUnknown && !hears)
		throw usageError('E_USAGE', '--accept-unknown: nothing can be reported', 'add --listen 127.0.0.1:0 or --agent-listen 127.0.0.1:0');
	return plan;
};

export interface WatchIo {
	stdout: NodeJS.WriteStream;
	stderr: NodeJS.WriteStream;
	stdin: NodeJS.ReadStream;
	/** Aborted with the name of the signal. */
	signal: AbortSignal;
	/** As if it had come from outside: keys of a terminal in raw mode. */
	interrupt(name: NodeJS.Signals): void;
	env: Readonly<Record<string, string | undefined>>;
}

type Why = Extract<WatchNews, { kind: 'end' }>['why'];

/** `daruma watch` from its command line to its exit code. */
export const watchMain = async (typed: readonly string[], flags: WatchFlags, io: WatchIo): Promise<ExitCode> => {
	const plan = await readWatch(typed, flags);
	const { runWatch } = await import('./engine/watch/run.js');
	const { each, all } = await expectations(flags.expect ?? []);
	if (all.length > 0)
		throw usageError(
			'E_FLAG',
			`--expect '${all[0]?.text}': a watch judges each answer; bounds on all of them are for probe`,
			`daruma probe … --expect '${all[0]?.text}'`,
		);
	const { chooseDisplay } = await import('./terminal/watch-display.js');
	const display = await chooseDisplay({ json: flags.json, live: flags.live, color: !flags['no-color'] }, io);
	const { why, verdict } = await runWatch(plan, { each, probe: probeOptions(flags), display, signal: io.signal });
	return exitOf(why, verdict);
};

const exitOf = (why: Why, verdict: string): ExitCode => {
	if (why === 'SIGINT') return EXIT.interrupted;
	if (why === 'SIGTERM') return EXIT.terminated;
	// Whoever typed q has seen it.
	if (why === 'quit') return EXIT.ok;
	return verdict === 'fail' ? EXIT.failed : verdict === 'inconclusive' ? EXIT.inconclusive : EXIT.ok;
};
