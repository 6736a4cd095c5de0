import { readFile } from 'node:fs/promises';
import { resolve as resolvePath } from 'node:path';
import { seenByServers } from '../checks/own-traffic.js';
import { parseExpectation } from '../model/bound.js';
import { usageError } from '../model/errors.js';
import { FAULT_KINDS, type FaultKind } from '../model/fault.js';
import { nearest } from '../model/nearest.js';
import type { Correlation, Expectation, ExperimentSpec, FaultSpec, Plan, SubjectSpec, TrafficSpec } from '../model/plan.js';
import { disagreement } from './agree.js';
import * as defaults from './defaults.js';
import type { Loaded } from './load.js';
import { quote } from './reader.js';
import { parseCorrelation } from './requests.js';
import { controlOf } from './resolve/experiments.js';
import { parseRate, RATE } from './scalars.js';

/** Flags as they were typed. */
export interface Overrides {
	/** Names of experiments. */
	only?: readonly string[];
	/** Kinds of fault: each becomes an experiment made from the first one. */
	faults?: readonly string[];
	/** nginx · haproxy · client · the path of an nginx or HAProxy config. */
	subject?: string;
	rate?: string | number;
	seed?: string | number;
	/** Your own traffic, as it stands behind `--`. */
	command?: readonly string[];
	/** Where an id survives: `trace`, `header x-request-id` … */
	correlate?: string;
	/** Hosts beyond loopback that may be asked. */
	allow?: readonly string[];
	/** `p99 <= 250ms`: in place of the file's bounds of the same metric. */
	expect?: readonly string[];
}

const wrongFlag = (flag: string, expected: string, found: string, hint?: string) =>
	usageError('E_FLAG', `--${flag}: expected ${expected}, found ${quote(found)}`, hint);

/** Flags win over the file. Order: only, faults, then the rest. */
export const applyOverrides = async ({ plan, warnings }: Loaded, flags: Overrides, cwd: string): Promise<Loaded> => {
	let experiments = flags.only?.length ? pickOnly(plan.experiments, flags.only) : plan.experiments;
	if (flags.faults?.length) experiments = fromFaults(experiments, flags.faults, changeTraffic(plan.traffic, flags, cwd));
	const expect = (flags.expect ?? []).map(readExpectation);
	if (expect.length > 0)
		experiments = experiments.map((each) => (each.controlOf === undefined ? { ...each, expect: replaceBounds(each.expect, expect) } : each));
	const changed: Plan = {
		...plan,
		experiments,
		...(flags.seed !== undefined && { seed: readSeed(flags.seed) }),
		...(flags.subject !== undefined && { subject: await readSubject(flags.subject, cwd) }),
		traffic: changeTraffic(plan.traffic, flags, cwd),
	};
	if (changed.subject.kind === 'url' && flags.allow?.length) changed.subject = { ...changed.subject, allow: [...flags.allow] };
	if (changed.traffic.command && changed.subject.kind === 'client') changed.subject = { kind: 'none' };
	if (!changed.traffic.command && changed.subject.kind === 'none') changed.subject = defaults.client();
	const wrong = flags.subject === undefined ? null : disagreement(changed);
	if (wrong) throw wrongFlag('subject', `a subject that fits the file: ${wrong.expected}`, wrong.found, wrong.hint);
	return flags.command ? withOwnTraffic(changed, warnings, expect) : { plan: changed, warnings };
};

const changeTraffic = (traffic: TrafficSpec, flags: Overrides, cwd: string): TrafficSpec => {
	const where = flags.correlate === undefined ? {} : { correlate: readCorrelation(flags.correlate) };
	if (flags.command) {
		if (flags.rate !== undefined) throw wrongFlag('rate', 'no rate beside a command, which brings its own traffic', String(flags.rate));
		const before = traffic.command ?? { env: {}, finishMs: defaults.FINISH_MS };
		return { ...traffic, ...where, command: { ...before, argv: [...flags.command], cwd } };
	}
	if (flags.rate === undefined) return { ...traffic, ...where };
	if (traffic.command) throw wrongFlag('rate', 'no rate beside traffic.command, which brings its own traffic', String(flags.rate));
	const { stages: _, ...steady } = traffic;
	return { ...steady, ...where, rate: readRate(flags.rate) };
};

/** The file's bounds were written for daruma's own client: what no server can tell is left to the command's exit code, unless a flag asks for it. */
const withOwnTraffic = (plan: Plan, warnings: Loaded['warnings'], asked: readonly Expectation[]): Loaded => {
	// What nobody wrote, but daruma expects by default, needs ids that nobody promised.
	const usual = plan.traffic.correlate ? [] : defaults.expectations();
	const unwritten = (each: Expectation): boolean =>
		usual.some(({ metric, bound }) => metric === each.metric && bound.op === each.bound.op && bound.value === each.bound.value);
	const kept = (each: Expectation): boolean => asked.some((flag) => flag.metric === each.metric) || (seenByServers(each.metric) && !unwritten(each));
	const dropped = [...new Set(plan.experiments.flatMap((each) => each.expect.filter((one) => !kept(one)).map((one) => one.name)))];
	const experiments = plan.experiments.map((each) => ({ ...each, expect: each.expect.filter(kept) }));
	const message = `not judged with your own traffic, whose exit code answers for it: ${dropped.join(', ')}`;
	return { plan: { ...plan, experiments }, warnings: dropped.length === 0 ? warnings : [...warnings, { message, line: null }] };
};

const readCorrelation = (typed: string): Correlation => {
	const found = parseCorrelation(typed);
	if ('expected' in found) throw wrongFlag('correlate', found.expected, typed);
	return found;
};

const pickOnly = (experiments: readonly ExperimentSpec[], names: readonly string[]): ExperimentSpec[] => {
	const known = experiments.map((each) => each.name);
	for (const name of names) {
		if (known.includes(name)) continue;
		const near = nearest(name, known);
		throw wrongFlag('only', `one of the experiments ${known.map(quote).join(', ')}`, name, near ? `did you mean ${quote(near)}?` : undefined);
	}
	return experiments.filter((each) => names.includes(each.controlOf ?? each.name) || names.includes(each.name));
};

/** The first experiment is the template; a kind that the file describes keeps the parameters it has there. */
const fromFaults = (experiments: readonly ExperimentSpec[], typed: readonly string[], traffic: Plan['traffic']): ExperimentSpec[] => {
	const kinds = [...new Set(typed.flatMap((each) => each.split(',')).map((each) => each.trim()))];
	const { actions: _, ...template } = experiments[0]!;
	const first = template.faults[0] ?? defaults.fault('kill');
	return kinds.flatMap((kind): ExperimentSpec[] => {
		if (!FAULT_KINDS.includes(kind as FaultKind)) {
			const near = nearest(kind, FAULT_KINDS);
			throw wrongFlag('faults', `faults among ${FAULT_KINDS.join(', ')}`, kind, near ? `did you mean ${near}?` : undefined);
		}
		const described = experiments.flatMap((each) => each.faults).find((fault) => fault.kind === kind) ?? exposing(kind as FaultKind, traffic);
		const { flap: _flap, roll: _roll, ...itself } = described;
		const { target, atMs, forMs, flap, roll } = first;
		const fault: FaultSpec = { ...itself, target, atMs, forMs, ...(flap && { flap }), ...(roll && { roll }) };
		const made: ExperimentSpec = { ...template, name: `${kind} ${fault.target}`, faults: [fault] };
		return made.recovery?.compare ? [made, controlOf(made)] : [made];
	});
};

/** A crash is worth most with a request in its hands that must not be sent twice: it is tripped by one, if the mix has any. */
const exposing = (kind: FaultKind, { mix, command }: Plan['traffic']): FaultSpec => {
	const unsafe = command ? [] : [...new Set(mix.filter((entry) => !entry.idempotent).map((entry) => entry.method))];
	return { ...defaults.fault(kind), ...(kind === 'crash' && { methods: unsafe }) };
};

const readExpectation = (written: string): Expectation => {
	const parsed = parseExpectation(written);
	if ('expected' in parsed) throw wrongFlag('expect', parsed.expected, written);
	return parsed;
};

const replaceBounds = (inFile: readonly Expectation[], flags: readonly Expectation[]): Expectation[] => [
	...inFile.filter((each) => !flags.some((flag) => flag.metric === each.metric)),
	...flags,
];

const readSeed = (typed: string | number): number => {
	const seed = Number(typed);
	if (String(typed).trim() !== '' && Number.isInteger(seed) && seed >= 0 && seed <= 0xffff_ffff) return seed;
	throw wrongFlag('seed', 'a whole number from 0 to 4294967295', String(typed));
};

const readRate = (typed: string | number): number => {
	const rate = parseRate(typed);
	if (rate === undefined) throw wrongFlag('rate', RATE, String(typed));
	return rate;
};

export const readSubject = async (typed: string, cwd: string): Promise<SubjectSpec> => {
	if (typed === 'client') return defaults.client();
	if (typed === 'nginx' || typed === 'haproxy') return { kind: typed, config: 'default' };
	const config = resolvePath(cwd, typed);
	let text: string;
	try {
		text = await readFile(config, 'utf8');
	} catch (error) {
		const code = (error as NodeJS.ErrnoException).code;
		throw wrongFlag('subject', 'nginx, haproxy, client, or a config file that can be read', typed, `${config}: ${code}`);
	}
	const kind = recognise(text);
	if (!kind) throw wrongFlag('subject', 'an nginx or HAProxy config', typed, 'name the kind in a daruma.yaml: subject: { nginx: ./file }');
	return { kind, config };
};

/** HAProxy begins its sections with a bare word on a line; nginx opens its blocks with a brace. */
export const recognise = (text: string): 'nginx' | 'haproxy' | undefined => {
	const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
	if (lines.some((line) => /^(global|defaults|frontend|backend|listen)(\s+[^;{}]+)?$/.test(line))) return 'haproxy';
	return /(^|[\s;}])(http|events|stream|upstream\s+[^\s{};]+|server|location\s+[^{};]+)\s*\{/.test(lines.join('\n')) ? 'nginx' : undefined;
};
