import type { Normalising, Place } from './checks/compare/normalise.js';
import type { ProbeResult } from './checks/probe/result.js';
import type { ProbeSettings } from './engine/probe.js';
import type { Assertion, Demand } from './model/assertion.js';
import type { Clock } from './model/clock.js';
import { parseDuration } from './model/duration.js';
import { EXIT, type ExitCode, usageError } from './model/errors.js';
import { parseTarget, type Target } from './model/target.js';
import { MonotonicClock, monotonicNs } from './platform/clock.js';
import type { ProbeOptions } from './probes/probe.js';
import type { ProbeReportOptions, ReportTools } from './report/probe/report.js';

/** The flags of `probe`, as both readers of a command line give them. */
export interface ProbeFlags {
	count?: number;
	interval?: string;
	timeout?: string;
	expect?: string[];
	fresh?: boolean;
	format?: string;
	output?: string;
	json?: boolean;
	'no-color'?: boolean;
	header?: string[];
	method?: string;
	body?: string;
	insecure?: boolean;
	ca?: string;
	cert?: string;
	key?: string;
	servername?: string;
	'warn-days'?: number;
	http?: string;
	follow?: number;
	proxy?: string;
	compressed?: boolean;
	'max-body'?: number;
	rst?: boolean;
	option?: string[];
	seed?: number;
	compare?: boolean;
	'compare-header'?: string[];
	ignore?: string[];
	digest?: string;
	height?: string;
	'max-lag'?: number;
	as?: string;
}

export interface ProbeIo {
	stdout: { write(text: string): unknown; isTTY?: boolean | undefined; columns?: number | undefined };
	stderr: { write(text: string): unknown; isTTY?: boolean | undefined; columns?: number | undefined };
	signal?: AbortSignal;
}

const MOST_BODY = 1024 * 1024;
/** A quick probe needs no spinner. */
const SPIN_AFTER_MS = 700;

/** A flag that says something else than it may: E_FLAG, exit 2. */
export const wrong = (flag: string, expected: string, found: unknown, hint?: string): never => {
	throw usageError('E_FLAG', `--${flag}: expected ${expected}, found ${JSON.stringify(found)}`, hint);
};

export const duration = (flag: string, typed: string): number => {
	const ms = parseDuration(typed);
	return ms === undefined || ms <= 0 ? wrong(flag, 'a time such as 250ms or 2s', typed) : ms;
};

export const atLeast = (flag: string, least: number, n: number): number =>
	Number.isInteger(n) && n >= least ? n : wrong(flag, `a whole number from ${least} on`, n);

const pairs = (flag: string, typed: readonly string[], pattern: RegExp, expected: string): Record<string, string> =>
	Object.fromEntries(
		typed.map((each) => {
			const found = pattern.exec(each);
			return found ? [found[1] as string, found[2] as string] : wrong(flag, expected, each);
		}),
	);

export const expectations = async (typed: readonly string[]): Promise<{ each: Assertion[]; all: Demand[] }> => {
	const each: Assertion[] = [];
	const all: Demand[] = [];
	if (typed.length === 0) return { each, all };
	const { parseExpected } = await import('./model/assertion.js');
	for (const text of typed) {
		const found = parseExpected(text);
		if ('expected' in found) wrong('expect', found.expected, text);
		else if ('each' in found) each.push(found.each);
		else all.push(found.all);
	}
	return { each, all };
};

/** Flags → what probers are told. Only what was said is there. */
export const probeOptions = (flags: ProbeFlags): Omit<ProbeOptions, 'clock' | 'keepBody'> => {
	const more: Record<string, string> = pairs('option', flags.option ?? [], /^([\w-]+)=([\s\S]*)$/, 'KEY=VALUE, such as send=PING');
	if (flags.http !== undefined) more.http = flags.http;
	if (flags.follow !== undefined) more.follow = String(flags.follow);
	if (flags.proxy !== undefined) more.proxy = flags.proxy;
	if (flags.compressed) more.compressed = '1';
	if (flags.fresh) more.connection = 'close';
	if (flags.rst) more.close = 'rst';
	const { ca, cert, key, servername, insecure } = flags;
	return {
		maxBody: atLeast('max-body', 0, flags['max-body'] ?? MOST_BODY),
		more,
		...(flags.method !== undefined && { method: flags.method }),
		...(flags.body !== undefined && { body: flags.body }),
		...(flags.header && { headers: pairs('header', flags.header, /^([^\s:]+):\s*(.*?)\s*$/, '"name: value"') }),
		tls: {
			...(ca !== undefined && { ca }),
			...(cert !== undefined && { cert }),
			...(key !== undefined && { key }),
			...(servername !== undefined && { servername }),
			...(insecure && { insecure }),
			...(flags['warn-days'] !== undefined && { warnDays: flags['warn-days'] }),
		},
	};
};

const COMPARING = ['compare-header', 'ignore', 'digest', 'height', 'max-lag'] as const;

/** What makes two answers the same; null: nothing is compared. */
const comparing = async (flags: ProbeFlags): Promise<{ how: Normalising; maxLag: number } | null> => {
	if (!flags.compare) {
		const alone = COMPARING.find((flag) => flags[flag] !== undefined);
		if (alone) throw usageError('E_FLAG', `--${alone} goes with --compare`, 'see: daruma probe --help');
		return null;
	}
	const { parseIgnored, parsePlace } = await import('./checks/compare/normalise.js');
	const place = (flag: 'digest' | 'height'): Place | null => {
		const typed = flags[flag];
		return typed === undefined ? null : (parsePlace(typed) ?? wrong(flag, 'a JSON path such as $.result, or a pattern such as /height=(\\d+)/', typed));
	};
	if (flags['max-lag'] !== undefined && flags.height === undefined) throw usageError('E_FLAG', '--max-lag goes with --height', "such as --height '$.result'");
	return {
		how: {
			headers: (flags['compare-header'] ?? []).map((name) =>
				/^[\w!#$%&'*+.^`|~-]+$/.test(name) ? name.toLowerCase() : wrong('compare-header', "a header's name such as etag", name),
			),
			ignore: (flags.ignore ?? []).map(
				(typed) => parseIgnored(typed) ?? wrong('ignore', 'a JSON path such as $.meta.time or $..id, or a pattern such as /\\d+ms/', typed),
			),
			digest: place('digest'),
			height: place('height'),
		},
		maxLag: atLeast('max-lag', 0, flags['max-lag'] ?? 0),
	};
};

/** One of a registry's names, or exit 2 with the nearest. */
export const oneOf = async <T extends string>(flag: string, names: readonly T[], found: string): Promise<T> => {
	if ((names as readonly string[]).includes(found)) return found as T;
	const near = (await import('./model/nearest.js')).nearest(found, names);
	return wrong(flag, `one of ${names.join(', ')}`, found, near && `did you mean ${near}?`);
};

/** A scheme that may be a source's: whoever names only URLs of targets loads no source. */
const MAY_BE_SOURCE = /^\s*(?!(?:https?|tcp|tls|grpcs?|wss?|exec)(?:\+unix)?:)[a-z]/i;

/** The targets that were typed, and those that the sources among them list. Rejects with exit 2, or 4 for a source that cannot be asked. */
export const targetsOf = async (typed: readonly string[], { as }: Pick<ProbeFlags, 'as'>, clock: Clock, io: ProbeIo): Promise<Target[]> => {
	if (as === undefined && !typed.some((each) => MAY_BE_SOURCE.test(each))) return typed.map(parseTarget);
	const { gatherTargets } = await import('./engine/discovery/gather.js');
	return gatherTargets(typed, { as, clock, signal: io.signal, notice: (text) => void io.stderr.write(`${text}\n`) });
};

export const exitOf = ({ verdict }: Pick<ProbeResult, 'verdict'>): ExitCode =>
	verdict === 'pass' ? EXIT.ok : verdict === 'fail' ? EXIT.failed : EXIT.inconclusive;

/**
 * `daruma probe` from its parsed command line to its exit code. Knows nothing of oclif, so that the quick start (see
 * quick-start.ts) and the command share it. Writes the report unless `silent` (then the caller prints the document).
 */
export const probeMain = async (typed: readonly string[], flags: ProbeFlags, io: ProbeIo, silent = false): Promise<{ result: ProbeResult; exit: ExitCode }> => {
	if (typed.length === 0) throw usageError('E_USAGE', 'expected a target such as http://127.0.0.1:8080/health', 'see: daruma probe --help');
	const clock = new MonotonicClock(monotonicNs());
	const targets = await targetsOf(typed, flags, clock, io);
	const count = atLeast('count', 1, flags.count ?? 10);
	const intervalMs = duration('interval', flags.interval ?? '1s');
	const timeoutMs = duration('timeout', flags.timeout ?? '1s');
	const { each, all } = await expectations(flags.expect ?? []);
	const compared = await comparing(flags);
	const format = flags.json ? 'json' : (flags.format ?? 'table');
	const probe = probeOptions(flags);
	const [{ PROBE_REPORTS }, { runProbe }] = await Promise.all([import('./report/probe/index.js'), import('./engine/probe.js')]);
	const open = PROBE_REPORTS[await oneOf('format', Object.keys(PROBE_REPORTS), format)] as NonNullable<(typeof PROBE_REPORTS)[string]>;
	const report = await open(await toolsOf(format, clock));
	const out = await openOut(flags.output, io, silent);

	const progress = showProgress(io, targets.length * count);
	let told = 0;
	const settings: ProbeSettings = {
		count,
		intervalMs,
		timeoutMs,
		fresh: flags.fresh ?? false,
		seed: flags.seed ?? 1,
		each,
		all,
		probe,
		clock,
		...(io.signal && { signal: io.signal }),
		onSample: (target, sample) => {
			progress.tell(++told, sample.verdict);
			if (report.sample) out.write(report.sample(target, sample));
		},
	};
	try {
		const asked = compared ? (await import('./engine/compare.js')).runCompare(targets, { ...settings, ...compared }) : runProbe(targets, settings);
		const result = await asked.finally(() => progress.end());
		out.write(report.result(result, await out.look(flags)));
		out.commit();
		return { result, exit: interruptOf(io.signal) ?? report.exit?.(result) ?? exitOf(result) };
	} finally {
		out.discard();
	}
};

/** 130 or 143 when the user ended it. */
export const interruptOf = (signal: AbortSignal | undefined): ExitCode | null =>
	signal?.aborted ? (signal.reason === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted) : null;

/** What only the format that needs it should load. */
const toolsOf = async (format: string, clock: MonotonicClock): Promise<ReportTools> => {
	const startedAt = Date.now() - clock.now();
	return format === 'hdr' ? { startedAt, encode: (await import('./platform/hdr-log.js')).hdrBase64 } : { startedAt, encode: () => '' };
};

/** Where a report goes: stdout, a file that appears whole, or nowhere (`silent`: the caller prints the document). */
export const openOut = async (path: string | undefined, { stdout }: ProbeIo, silent: boolean) => {
	const file = path === undefined ? null : (await import('./platform/output-file.js')).openOutput(path);
	let failure: unknown = null;
	return {
		/** Never throws, since it is called from where samples arrive: `commit` does. */
		write(text: string): void {
			if (text === '' || failure !== null) return;
			try {
				if (file) file.write(text);
				else if (!silent) stdout.write(text);
			} catch (error) {
				failure = error;
			}
		},
		commit(): void {
			if (failure !== null) throw failure;
			file?.commit();
		},
		discard: (): void => file?.discard(),
		/** A file has no colours. */
		async look(flags: { 'no-color'?: boolean }): Promise<ProbeReportOptions> {
			const { styleOf } = await import('./terminal/color.js');
			return { style: await styleOf(stdout, !flags['no-color'] && !file), width: stdout.columns || 100 };
		},
	};
};

/** Only on a terminal, and only if it takes a while. */
export const showProgress = ({ stderr }: ProbeIo, total: number): { tell(n: number, verdict: string): void; end(): void } => {
	if (stderr.isTTY !== true) return { tell() {}, end() {} };
	let text = `0/${total}`;
	let failed = 0;
	let ended = false;
	let spinner: { text(text: string): void; stop(): void } | null = null;
	const timer = setTimeout(async () => {
		const { createSpinner } = await import('./terminal/spinner.js');
		const made = await createSpinner(stderr);
		if (ended) return;
		spinner = made;
		spinner.text(text);
	}, SPIN_AFTER_MS);
	return {
		tell(n, verdict) {
			if (verdict === 'failed') failed++;
			text = `${n}/${total} asked${failed > 0 ? `, ${failed} failed` : ''}`;
			spinner?.text(text);
		},
		end() {
			ended = true;
			clearTimeout(timer);
			spinner?.stop();
		},
	};
};
