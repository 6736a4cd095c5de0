import { formatValue } from '../model/bound.js';
import type { MetricInfo } from '../model/metrics.js';
import type { Bound } from '../model/plan.js';
import type { Measure, VerdictWord } from '../model/run.js';
import { compare, isUpper, satisfies } from './bounds.js';
import type { Gates } from './gates.js';
import { moreRequests } from './need.js';
import { upperOfZero } from './statistics.js';

export interface Judgement {
	verdict: VerdictWord;
	why: string;
	next?: string;
	/** What decided: a proof, a broken gate, no exposure, nothing seen, the interval, or the limit of an observer. */
	by: 'proof' | 'gate' | 'exposure' | 'unseen' | 'interval' | 'observer';
}

/** What a hard metric found outside the fault population: never in its value, but a counter-example all the same. */
export interface Elsewhere {
	when: string;
	found: Measure;
}

/**
 * The only place that can say pass. In this order:
 * 1. a counter-example of a hard bound is proof: fail, whatever the gates, and wherever in the experiment it happened;
 * 2. a broken gate: inconclusive;
 * 3. no exposure: inconclusive;
 * 4. not seen: inconclusive, unless a time is known to have exceeded its bound when the window ended;
 * 5. the interval: all of it holds: pass; none of it: fail; else inconclusive, with what would decide it.
 */
export const judge = (measure: Measure, bound: Bound, gates: Gates, info: MetricInfo, elsewhere: readonly Elsewhere[] = []): Judgement => {
	const { value, lo, hi, exposure, kind } = measure;
	if (kind === 'hard' && isUpper(bound) && value !== null && lo !== null && compare(lo, null, bound) === 'broken') {
		return { verdict: 'fail', why: `${counted(measure, lo)}${examples(measure)}`, by: 'proof' };
	}
	const more = elsewhere.filter((e) => (e.found.lo ?? 0) > 0);
	const total = more.reduce((sum, e) => sum + (e.found.lo as number), lo ?? 0);
	if (kind === 'hard' && isUpper(bound) && more.length > 0 && compare(total, null, bound) === 'broken') {
		return {
			verdict: 'fail',
			why: `${value === null ? 'unknown' : counted(measure, lo ?? 0)} in the fault, but ${more.map(outside).join(', and ')}`,
			by: 'proof',
		};
	}
	const gate = gates[0];
	if (gate) return { verdict: 'inconclusive', why: gate.why, next: gate.next, by: 'gate' };
	if (exposure <= 0) return { verdict: 'inconclusive', why: measure.why ?? 'nothing was exposed to the fault', next: exposureNext(info), by: 'exposure' };
	if (value === null) {
		if (lo !== null && compare(lo, null, bound) === 'broken') {
			return { verdict: 'fail', why: `not within ${formatValue(lo, info.unit)}${measure.why ? `: ${measure.why}` : ''}`, by: 'interval' };
		}
		return {
			verdict: 'inconclusive',
			why: measure.why ?? 'it could not be seen',
			next: lo === null ? sightNext(info) : 'lengthen the fault, or the time after it',
			by: 'unseen',
		};
	}
	const [low, high] = isExtreme(bound, info) ? [value, value] : [lo, hi];
	const found = compare(low, high, bound);
	if (found === 'holds') return { verdict: 'pass', why: held(measure, bound, info), by: 'interval' };
	if (found === 'broken') return { verdict: 'fail', why: `${described(measure, info)}${examples(measure)}`, by: 'interval' };
	if (high === null && satisfies(value, bound)) {
		return {
			verdict: 'inconclusive',
			why: `${described(measure, info)}: ${measure.why ?? 'no upper limit was seen'}`,
			next: moreRequests(measure, bound, info) ?? unlimitedNext(measure, info),
			by: 'observer',
		};
	}
	return {
		verdict: 'inconclusive',
		why: `${described(measure, info)}: ${measure.why ?? 'the bound lies inside'}`,
		next: moreRequests(measure, bound, info) ?? unlimitedNext(measure, info),
		by: 'interval',
	};
};

const outside = ({ when, found }: Elsewhere): string =>
	`${number(found.lo as number)} ${when}${when.startsWith('before') ? ' (so it takes no fault)' : ''}${examples(found)}`;

/** "All of them", or "none": no sample can prove a share of exactly 1, so every request counts, and the pass says what it proves. */
const isExtreme = (bound: Bound, info: MetricInfo): boolean =>
	info.unit === 'ratio' && ((bound.value === 1 && (bound.op === '>=' || bound.op === '==')) || (bound.value === 0 && (bound.op === '<=' || bound.op === '==')));

const number = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ' ');
const percent = (share: number): string => (share >= 0.1 ? `${Math.ceil(share * 100)} %` : `${Number((Math.ceil(share * 1e4) / 100).toPrecision(3))} %`);

const counted = (m: Measure, n: number): string => `${number(n)}${m.hi === null ? ' or more' : ''} of ${number(m.exposure)} exposed`;
const examples = (m: Measure): string => (m.evidence.length === 0 ? '' : `: ${m.evidence.slice(0, 3).join(', ')}${m.evidence.length > 3 ? ' …' : ''}`);

const described = (m: Measure, info: MetricInfo): string => {
	if (m.kind === 'hard') return counted(m, m.value ?? 0);
	const text = formatValue(m.value ?? 0, info.unit);
	if (m.lo === m.hi) return m.kind === 'time' ? `${text} in ${m.exposure} of ${m.exposure} events` : `${text} over ${number(m.exposure)}`;
	const lo = m.lo === null ? '?' : formatValue(m.lo, info.unit);
	const hi = m.hi === null ? '?' : formatValue(m.hi, info.unit);
	return m.kind === 'time' ? `${text} (between ${lo} and ${hi})` : `${text} of ${number(m.exposure)} (95 %: ${lo} to ${hi})`;
};

const held = (m: Measure, bound: Bound, info: MetricInfo): string => {
	if (m.kind === 'hard' && m.value === 0) return `${counted(m, 0)}; proves < ${percent(upperOfZero(m.exposure))} (95 %)`;
	if (m.kind === 'time') return `${formatValue(m.value ?? 0, info.unit)}; held in ${m.exposure} of ${m.exposure} events`;
	if (isExtreme(bound, info)) return `all of ${number(m.exposure)}; proves at least ${formatValue(m.lo ?? 0, info.unit)} (95 %)`;
	return described(m, info);
};

const exposureNext = (info: MetricInfo): string =>
	info.name.startsWith('nonIdempotent')
		? 'raise the rate or the share of non-idempotent requests, or use a crash that only such a request trips (methods: [POST])'
		: 'raise the rate, or lengthen the fault';

const NEEDS_TRIES = 'use a subject that tells of its tries (the built-in client, nginx, haproxy)';
const sightNext = (info: MetricInfo): string => (info.name === 'timeToDetectMs' ? NEEDS_TRIES : 'see docs/metrics.md for what it takes to see it');

const unlimitedNext = (m: Measure, info: MetricInfo): string => {
	if (info.name === 'amplification') return NEEDS_TRIES;
	if (m.kind === 'hard') return 'let the replicas append received and executed lines to $DARUMA_HISTORY';
	if (m.kind === 'time') return m.hi === null ? 'lengthen the fault, or the time after it' : 'raise the rate: it sets the resolution';
	return 'raise the rate, or lengthen the fault';
};
