import type { RankResult } from './checks/probe/ranked.js';
import { type ExitCode, usageError } from './model/errors.js';
import { CHOOSER_NAMES, type ChooserName, KEYED_POLICIES } from './model/plan.js';
import { addressOf, type Target } from './model/target.js';
import { MonotonicClock, monotonicNs } from './platform/clock.js';
import type { Place } from './policies/ranking.js';
import {
	atLeast,
	duration,
	exitOf,
	expectations,
	interruptOf,
	oneOf,
	openOut,
	type ProbeFlags,
	type ProbeIo,
	probeOptions,
	showProgress,
	targetsOf,
	wrong,
} from './probe-main.js';
import type { WeightWriter } from './report/weights/index.js';

/** The flags of `rank`: those of `probe`, where `key` is that of a request, and what a ranking is made of. */
export interface RankFlags extends ProbeFlags {
	policy?: string;
	weight?: string[];
	emit?: string;
	pool?: string;
	compare?: boolean;
	rate?: string;
	clients?: number;
	'tls-key'?: string;
}

/** It looks at what a probe measures, and near ties get near shares: who is ahead by chance gets no more than a chance. */
export const DEFAULT_POLICY: ChooserName = 'least-response-time';
const MOST_CLIENTS = 1000;

/** `daruma rank` from its parsed command line to its exit code, as `probeMain` is for `daruma probe`. */
export const rankMain = async (typed: readonly string[], flags: RankFlags, io: ProbeIo, silent = false): Promise<{ result: RankResult; exit: ExitCode }> => {
	if (typed.length === 0) throw usageError('E_USAGE', 'expected targets such as http://127.0.0.1:8080/ http://127.0.0.1:8081/', 'see: daruma rank --help');
	const clock = new MonotonicClock(monotonicNs());
	const found = await targetsOf(typed, flags, clock, io);
	const targets = await weighted([...new Map(found.map((target) => [target.name, target])).values()], flags.weight ?? []);
	const policy = await oneOf('policy', CHOOSER_NAMES, flags.policy ?? DEFAULT_POLICY);
	if (flags.key !== undefined && !KEYED_POLICIES.includes(policy)) {
		wrong('key', `a keyed policy (--policy ${KEYED_POLICIES.join('|')}), since ${policy} knows no keys`, flags.key, 'the key of a certificate is --tls-key');
	}
	for (const flag of ['rate', 'clients'] as const) if (flags[flag] !== undefined && !flags.compare) wrong(flag, '--compare with it', flags[flag]);
	const count = atLeast('count', 1, flags.count ?? 10);
	const intervalMs = duration('interval', flags.interval ?? '1s');
	const timeoutMs = duration('timeout', flags.timeout ?? '1s');
	const { each, all } = await expectations(flags.expect ?? []);
	const seed = flags.seed ?? 1;
	const compare = flags.compare ? await comparison(flags, seed) : null;
	const { key, 'tls-key': tlsKey, ...rest } = flags;
	const probe = probeOptions(tlsKey === undefined ? rest : { ...rest, key: tlsKey });
	const emit = await emitter(targets, flags);
	const [{ RANK_REPORTS }, { runRank }] = await Promise.all([import('./report/rank/index.js'), import('./engine/rank.js')]);
	const format = await oneOf('format', Object.keys(RANK_REPORTS), flags.json ? 'json' : (flags.format ?? 'table'));
	const report = emit ? null : await (RANK_REPORTS[format] as NonNullable<(typeof RANK_REPORTS)[string]>)();
	const out = await openOut(flags.output, io, silent);

	const progress = showProgress(io, targets.length * count);
	let told = 0;
	try {
		const result = await runRank(targets, {
			policy,
			...(key !== undefined && { key }),
			...(compare && { compare }),
			count,
			intervalMs,
			timeoutMs,
			fresh: flags.fresh ?? false,
			seed,
			each,
			all,
			probe,
			clock,
			...(io.signal && { signal: io.signal }),
			onSample: (target, sample) => {
				progress.tell(++told, sample.verdict);
				if (report?.sample) out.write(report.sample(target, sample));
			},
		}).finally(() => progress.end());
		const interrupted = interruptOf(io.signal);
		if (!emit) out.write((report as NonNullable<typeof report>).result(result, await out.look(flags)));
		else {
			const refusal = refused(result, interrupted !== null);
			if (refusal === null) out.write(emit(result.ranking));
			else io.stderr.write(`no weights were written: ${refusal}\n`);
			if (refusal !== null) return { result, exit: interrupted ?? exitOf(result) };
		}
		out.commit();
		return { result, exit: interrupted ?? exitOf(result) };
	} finally {
		out.discard();
	}
};

/** `--weight TARGET=3`, the target as typed, as shown or as host:port. */
const weighted = async (targets: readonly Target[], typed: readonly string[]): Promise<Target[]> => {
	const weights = new Map<string, number>();
	for (const each of typed) {
		const at = each.lastIndexOf('=');
		const [of, weight] = [each.slice(0, at), Number(each.slice(at + 1))];
		if (at < 1 || each.endsWith('=') || !Number.isFinite(weight) || weight <= 0 || weight > 1e6)
			wrong('weight', 'TARGET=N with N above 0, such as http://127.0.0.1:8080/=3', each);
		const found = targets.filter(({ name }) => name === of);
		const meant = found.length > 0 ? found : targets.filter((target) => addressOf(target) === of);
		if (meant.length === 0)
			await oneOf(
				'weight',
				targets.map(({ name }) => name),
				of,
			);
		for (const { name } of meant) weights.set(name, weight);
	}
	return targets.map((target) => ({ ...target, weight: weights.get(target.name) ?? target.weight }));
};

const comparison = async ({ rate, clients = 1 }: RankFlags, seed: number) => {
	if (clients > MOST_CLIENTS) wrong('clients', `a whole number from 1 to ${MOST_CLIENTS}`, clients);
	const base = { seed, clients: atLeast('clients', 1, clients) };
	if (rate === undefined) return base;
	const { parseRate, RATE } = await import('./config/scalars.js');
	const read = parseRate(rate);
	return read === undefined ? wrong('rate', RATE, rate) : { ...base, rate: read };
};

/** Tried on the targets before anything is asked: what no config can hold is told now. */
const emitter = async (targets: readonly Target[], flags: RankFlags): Promise<((ranking: readonly Place[]) => string) | null> => {
	const { emit, pool } = flags;
	if (emit === undefined) return pool === undefined ? null : wrong('pool', '--emit with it', pool);
	for (const flag of ['json', 'compare'] as const) if (flags[flag]) wrong('emit', `no --${flag} beside it: the lines are alone on stdout`, emit);
	if (flags.format !== undefined && flags.format !== 'table') wrong('emit', 'no --format beside it: the lines are alone on stdout', emit);
	const { WEIGHT_WRITERS } = await import('./report/weights/index.js');
	const writer = WEIGHT_WRITERS[await oneOf('emit', Object.keys(WEIGHT_WRITERS), emit)] as WeightWriter;
	const seen = new Map<string, string>();
	for (const target of targets) {
		const { name, host, port, protocol, socketPath } = target;
		if (protocol === 'exec' || socketPath !== undefined) wrong('emit', 'targets with a host and a port', name);
		const server = `${host}:${port}`;
		if (seen.has(server)) wrong('emit', `one target per server; ${seen.get(server)} is the same server`, name);
		seen.set(server, name);
	}
	const write = (ranking: readonly Place[]): string =>
		writer(
			ranking.map((place) => {
				const { host, port } = targets.find(({ name }) => name === place.endpoint) as Target;
				return { ...place, host, port };
			}),
			pool ?? 'daruma',
		);
	try {
		write(targets.map(({ name: endpoint }, i) => ({ rank: i + 1, endpoint, state: 'unknown', score: 0, weight: 1, why: '' })));
	} catch (error) {
		if (error instanceof TypeError) throw usageError('E_EMIT', `--emit ${emit}: ${error.message}`);
		throw error;
	}
	return write;
};

/** A config in which nobody is alive is worse than the one that is there; and half a measurement is none. */
const refused = ({ endpoints }: RankResult, interrupted: boolean): string | null => {
	if (interrupted) return 'interrupted before the ranking was complete';
	if (endpoints.every(({ ok, warning, state }) => state === 'down' || ok + warning === 0)) return 'no endpoint has answered';
	return null;
};
