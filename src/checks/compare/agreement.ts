import type { VerdictWord } from '../../model/run.js';
import { needForQuantile, quantile } from '../statistics.js';
import { differenceOf, type Normal, type Normalising } from './normalise.js';
import type { Agreement, ComparedEndpoint, Difference, Quantiles } from './result.js';
import { type Arrival, compareRound, type Round, type Stand, waits } from './round.js';

/** One answer of a round; `normal` null: none came. */
export interface Spoken {
	endpoint: string;
	normal: Normal | null;
	/** ms on the run's clock: when the question went out, when the answer was there or it was clear that none would be. */
	sentMs: number;
	endMs: number;
	/** On a new connection: the wait for it belongs to no redundancy. */
	fresh: boolean;
}

export interface AgreementSettings {
	how: Normalising;
	/** A height so far below the furthest is tolerated. */
	maxLag: number;
	/** Text → digest: the only thing here that pure code has not got. */
	hash(text: string): string;
}

const MOST_DIFFERENCES = 20;
const APART: readonly Stand[] = ['dissents', 'lags', 'differs'];
/** The first that applies is the verdict. */
const ORDER: readonly Stand[] = ['dissents', 'lags', 'differs', 'agrees', 'alone', 'silent'];
const round3 = (n: number): number => Number(n.toFixed(3));

interface Row {
	rounds: Record<Stand, number>;
	transient: number;
	normal: Normal | null;
	lag: number | null;
	found: string;
	missing: boolean;
	picked: boolean;
}

const newRow = (): Row => ({
	rounds: { agrees: 0, dissents: 0, lags: 0, differs: 0, alone: 0, silent: 0 },
	transient: 0,
	normal: null,
	lag: null,
	found: '',
	missing: false,
	picked: false,
});

interface Heard {
	spoken: readonly Spoken[];
	result: Round;
}

/** Adds up rounds of the same question to several replicas. Pure. */
export class AgreementTally {
	private readonly settings: AgreementSettings;
	private readonly rows: Map<string, Row>;
	private rounds = 0;
	private askedAgain = 0;
	private firstMs: number | null = null;
	private latest: Heard | null = null;
	private doubted: Heard | null = null;
	private skewMs: number | null = null;
	private readonly differences: Difference[] = [];
	private readonly kept = newWaits();
	private readonly made = newWaits();

	constructor(endpoints: readonly string[], settings: AgreementSettings) {
		this.settings = settings;
		this.rows = new Map(endpoints.map((endpoint) => [endpoint, newRow()]));
	}

	/** A round is over. True: somebody stood apart, so ask again at once, and tell `again`. */
	round(spoken: readonly Spoken[]): boolean {
		this.rounds++;
		const heard = this.hear(spoken);
		if (heard.result.standings.some(({ stand }) => APART.includes(stand))) {
			this.doubted = heard;
			return true;
		}
		for (const { endpoint, stand } of heard.result.standings) this.row(endpoint).rounds[stand]++;
		return false;
	}

	/** The same was asked once more: what is still there lasts. */
	again(spoken: readonly Spoken[]): void {
		const { doubted } = this;
		if (!doubted) return;
		this.doubted = null;
		this.askedAgain++;
		const second = this.hear(spoken);
		let lasting = false;
		for (const [i, { endpoint, stand }] of second.result.standings.entries()) {
			const before = doubted.result.standings[i]?.stand ?? 'silent';
			const row = this.row(endpoint);
			const [was, is] = [APART.includes(before), APART.includes(stand)];
			if (was !== is) row.transient++;
			// One that fell silent could not be asked again, so nothing is known of it but that.
			row.rounds[was && !is && stand === 'silent' ? 'silent' : !was && is ? before : stand]++;
			if (was && is) {
				lasting = true;
				row.found = this.foundIn(second, endpoint);
			}
		}
		if (this.differences.length < MOST_DIFFERENCES) this.differences.push(this.differenceIn(lasting ? second : doubted, lasting));
	}

	result(): Agreement {
		// Interrupted before it could be asked again: seen once.
		if (this.doubted) {
			for (const { endpoint, stand } of this.doubted.result.standings) {
				if (APART.includes(stand)) this.row(endpoint).transient++;
				else this.row(endpoint).rounds[stand]++;
			}
			this.differences.push(this.differenceIn(this.doubted, false));
			this.doubted = null;
		}
		const endpoints = [...this.rows].map(([endpoint, row]) => this.compared(endpoint, row));
		const { how, maxLag } = this.settings;
		const { verdict, why } = this.overall(endpoints);
		const latest = this.latest?.result;
		const largest = latest?.groups[0];
		return {
			verdict,
			why,
			rounds: this.rounds,
			askedAgain: this.askedAgain,
			compared: {
				headers: [...how.headers],
				ignore: how.ignore.map(({ text }) => text),
				digest: how.digest?.text ?? null,
				height: how.height?.text ?? null,
				maxLag,
			},
			majority: latest?.majority != null && largest ? { digest: this.settings.hash(latest.majority), endpoints: largest.endpoints } : null,
			furthest: latest?.furthest ?? null,
			endpoints,
			differences: this.differences,
			skewMs: this.skewMs === null ? null : round3(this.skewMs),
			delay: delayOf(this.kept.all.length > 0 ? this.kept : this.made),
		};
	}

	private row(endpoint: string): Row {
		return this.rows.get(endpoint) as Row;
	}

	private hear(spoken: readonly Spoken[]): Heard {
		const said = spoken.map(({ endpoint, normal }) => ({ endpoint, text: normal?.text ?? null, height: normal?.height ?? null }));
		const heard = { spoken, result: compareRound(said, this.settings.maxLag) };
		this.latest = heard;
		for (const [i, { endpoint, normal }] of spoken.entries()) {
			const row = this.row(endpoint);
			row.lag = heard.result.standings[i]?.lag ?? null;
			if (!normal) continue;
			row.normal = normal;
			if (normal.missing) row.missing = true;
			else row.picked = true;
		}
		this.time(spoken);
		return heard;
	}

	private time(spoken: readonly Spoken[]): void {
		if (spoken.length === 0) return;
		const start = Math.min(...spoken.map(({ sentMs }) => sentMs));
		this.firstMs ??= start;
		this.skewMs = Math.max(this.skewMs ?? 0, Math.max(...spoken.map(({ sentMs }) => sentMs)) - start);
		const arrivals = spoken.map(({ endMs, normal }): Arrival => ({ ms: endMs - start, text: normal?.text ?? null }));
		const waited = waits(arrivals);
		if (!waited) return;
		const into = spoken.some(({ fresh, normal }) => fresh && normal !== null) ? this.made : this.kept;
		const answered = spoken.filter(({ normal }) => normal !== null);
		const single = answered.reduce((sum, { sentMs, endMs }) => sum + endMs - sentMs, 0) / answered.length;
		into.fastest.push(waited.fastestMs);
		into.single.push(single);
		into.all.push(waited.allMs - waited.fastestMs);
		into.overSingle.push(waited.allMs - single);
		if (waited.majorityMs === null) into.withoutMajority++;
		else into.majority.push(waited.majorityMs - waited.fastestMs);
	}

	/** In what an answer differs: from the majority, or, where there is none, from the first that is not the same. */
	private foundIn({ spoken, result }: Heard, endpoint: string): string {
		const own = spoken.find((each) => each.endpoint === endpoint)?.normal;
		const truth = result.majority;
		const other = spoken.find(({ normal }) => normal?.text != null && (truth === null ? normal.text !== own?.text : normal.text === truth))?.normal;
		return own && other && own.text !== other.text ? differenceOf(own, other, this.settings.how.headers) : '';
	}

	private differenceIn(heard: Heard, lasting: boolean): Difference {
		const { spoken, result } = heard;
		const { hash } = this.settings;
		return {
			round: this.rounds,
			atMs: round3(Math.min(...spoken.map(({ sentMs }) => sentMs)) - (this.firstMs ?? 0)),
			lasting,
			majority: result.majority === null ? null : hash(result.majority),
			standings: result.standings.map(({ endpoint, stand }, i) => {
				const normal = spoken[i]?.normal ?? null;
				const found = APART.includes(stand) ? this.foundIn(heard, endpoint) : '';
				return { endpoint, stand, digest: normal?.text == null ? null : hash(normal.text), height: normal?.height ?? null, ...(found !== '' && { found }) };
			}),
		};
	}

	private compared(endpoint: string, row: Row): ComparedEndpoint {
		const verdict = ORDER.find((stand) => row.rounds[stand] > 0) ?? 'silent';
		return {
			endpoint,
			verdict,
			why: whyOf(verdict, row, this.rounds),
			rounds: row.rounds,
			transient: row.transient,
			digest: row.normal?.text == null ? null : this.settings.hash(row.normal.text),
			height: row.normal?.height ?? null,
			lag: row.lag,
		};
	}

	private overall(endpoints: readonly ComparedEndpoint[]): { verdict: VerdictWord; why: string } {
		const named = (stand: Stand): string[] => endpoints.filter(({ verdict }) => verdict === stand).map(({ endpoint }) => endpoint);
		const { how } = this.settings;
		const place = how.digest ?? how.height;
		const rows = [...this.rows.values()];
		if (place && rows.some(({ missing }) => missing) && !rows.some(({ picked }) => picked))
			return { verdict: 'inconclusive', why: `${[how.digest?.text, how.height?.text].filter(Boolean).join(' or ')} is in no answer` };
		const apart = APART.map((stand) => ({ stand, names: named(stand) })).filter(({ names }) => names.length > 0);
		if (apart.length > 0) return { verdict: 'fail', why: apart.map(({ stand, names }) => told(stand, names)).join('; ') };
		if (named('agrees').length === 0) return { verdict: 'inconclusive', why: 'there were never two answers to compare' };
		const silent = [...named('silent'), ...named('alone')];
		if (silent.length > 0) return { verdict: 'inconclusive', why: `${silent.join(', ')}: no answer to compare; ${named('agrees').length} agree` };
		return { verdict: 'pass', why: `${endpoints.length} agree` };
	}
}

const told = (stand: Stand, names: readonly string[]): string => {
	if (stand === 'differs') return `${names.join(', ')} differ, and there is no majority: nobody can be accused`;
	return `${names.join(', ')} ${names.length === 1 ? stand : stand === 'dissents' ? 'dissent' : 'lag'}`;
};

const whyOf = (verdict: Stand, { rounds, lag, found, transient }: Row, all: number): string => {
	const share = `${rounds[verdict]} of ${all} rounds`;
	const words: Record<Stand, string> = {
		agrees: `with the majority in ${share}`,
		dissents: `otherwise than the majority in ${share}, and again when asked again`,
		lags: `too far behind in ${share}${lag === null ? '' : `, ${lag} behind the furthest in the latest`}`,
		differs: `no majority in ${share}`,
		alone: 'there was no other answer to compare with',
		silent: 'no answer to compare',
	};
	const more = [
		...(found === '' ? [] : [found]),
		...(verdict !== 'silent' && rounds.silent > 0 ? [`no answer in ${rounds.silent}`] : []),
		...(transient > 0 ? [`${transient} ${transient === 1 ? 'difference was' : 'differences were'} gone when asked again`] : []),
	];
	return [words[verdict], ...more].join('; ');
};

interface Waits {
	fastest: number[];
	single: number[];
	majority: number[];
	all: number[];
	overSingle: number[];
	withoutMajority: number;
}
const newWaits = (): Waits => ({ fastest: [], single: [], majority: [], all: [], overSingle: [], withoutMajority: 0 });

const quantilesOf = (values: readonly number[]): Quantiles => {
	const sorted = values.toSorted((a, b) => a - b);
	const at = (q: number): number | null => (sorted.length < needForQuantile(q) ? null : round3(quantile(sorted, q)?.value as number));
	return { p50: at(0.5), p99: at(0.99), max: sorted.length === 0 ? null : round3(sorted.at(-1) as number) };
};

const delayOf = ({ fastest, single, majority, all, overSingle, withoutMajority }: Waits): Agreement['delay'] => ({
	rounds: all.length,
	fastestMs: quantilesOf(fastest),
	singleMs: quantilesOf(single),
	majorityAddsMs: quantilesOf(majority),
	allAddsMs: quantilesOf(all),
	allOverSingleMs: quantilesOf(overSingle),
	withoutMajority,
});
