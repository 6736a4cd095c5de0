import test from 'ava';
import type { Gates } from '../../src/checks/gates.js';
import { judge } from '../../src/checks/judge.js';
import { METRICS, type MetricInfo } from '../../src/model/metrics.js';
import type { Bound } from '../../src/model/plan.js';
import { rng } from '../../src/model/rng.js';
import type { Measure } from '../../src/model/run.js';
import { expect } from './history.js';

const info = (name: string): MetricInfo => METRICS.find((m) => m.name === name)!;
const GATE: Gates = [{ name: 'lag', why: 'the generator itself was late', next: 'run elsewhere' }];

const ask = (text: string, measure: Partial<Measure>, gates: Gates = []) => {
	const { metric, bound } = expect(text);
	const value = measure.value ?? null;
	return judge({ value, lo: value, hi: value, exposure: 100, kind: 'rate', observedBy: 'client', evidence: [], ...measure }, bound, gates, info(metric));
};

test('a proven counter-example of a hard bound is fail, whatever the gates', (t) => {
	const two = { value: 2, lo: 2, hi: null, exposure: 35, kind: 'hard', observedBy: 'tap', evidence: ['r1', 'r2'] } satisfies Partial<Measure>;
	t.like(ask('nonIdempotentReplayed == 0', two), { verdict: 'fail', by: 'proof', why: '2 or more of 35 exposed: r1, r2' });
	t.is(ask('nonIdempotentReplayed == 0', two, GATE).verdict, 'fail');
	t.is(ask('nonIdempotentReplayed <= 1', two, GATE).verdict, 'fail');
	t.is(ask('nonIdempotentReplayed < 2', two, GATE).verdict, 'fail');
	t.is(ask('nonIdempotentReplayed <= 2', two, GATE).verdict, 'inconclusive');
});

test('a hard check passes on exposure alone and prints what that proves', (t) => {
	const zero = { value: 0, exposure: 35, kind: 'hard' } as const;
	t.deepEqual(ask('doubleExecuted == 0', zero), { verdict: 'pass', why: '0 of 35 exposed; proves < 8.21 % (95 %)', by: 'interval' });
	t.like(ask('doubleExecuted == 0', { ...zero, exposure: 0 }), { verdict: 'inconclusive', by: 'exposure' });
	t.like(ask('doubleExecuted == 0', zero, GATE), { verdict: 'inconclusive', by: 'gate', why: GATE[0]!.why, next: GATE[0]!.next });
	t.like(ask('doubleExecuted == 0', { ...zero, hi: null, observedBy: 'tap', why: 'taps alone' }), { verdict: 'inconclusive', by: 'observer' });
	t.is(ask('doubleExecuted <= 3', { value: 2, exposure: 35, kind: 'hard' }).verdict, 'pass');
});

test('a hard bound from below is no counter-example: gates still count', (t) => {
	const zero = { value: 0, exposure: 35, kind: 'hard' } as const;
	t.is(ask('replayed >= 1', zero).verdict, 'fail');
	t.is(ask('replayed >= 1', zero, GATE).verdict, 'inconclusive');
	t.is(ask('replayed >= 1', { value: 3, hi: null, exposure: 35, kind: 'hard' }).verdict, 'pass');
});

test('rates are judged by their interval, and an open one says how many more requests', (t) => {
	t.is(ask('availability >= 99%', { value: 1, lo: 0.9985, hi: 1, exposure: 2012 }).verdict, 'pass');
	t.is(ask('availability >= 99%', { value: 0.67, lo: 0.65, hi: 0.69, exposure: 2012 }).verdict, 'fail');
	t.is(ask('availability >= 99%', { value: 0.67, lo: 0.65, hi: 0.69, exposure: 2012 }, GATE).verdict, 'inconclusive');
	t.like(ask('availability >= 99.9%', { value: 1, lo: 0.05 ** (1 / 1255), hi: 1, exposure: 1255 }), {
		verdict: 'inconclusive',
		by: 'interval',
		next: 'needs 1 740 more requests',
	});
	t.like(ask('p99 <= 250ms', { value: 60, lo: 55, hi: null, exposure: 200 }), { verdict: 'inconclusive', next: 'needs 99 more requests' });
	t.is(ask('p99 <= 250ms', { value: 260, lo: 255, hi: 300 }).verdict, 'fail');
	t.is(ask('p99 <= 250ms', { value: 240, lo: 230, hi: 300 }).verdict, 'inconclusive');
});

test('all of them: no sample proves a share of 1, so every request counts', (t) => {
	t.like(ask('availability >= 100%', { value: 1, lo: 0.97, hi: 1, exposure: 100 }), { verdict: 'pass', why: 'all of 100; proves at least 97 % (95 %)' });
	t.is(ask('availability == 1', { value: 0.99, lo: 0.97, hi: 0.999, exposure: 100 }).verdict, 'fail');
	t.is(ask('availability == 1', { value: 0.99, lo: 0.97, hi: 0.999, exposure: 100 }, GATE).verdict, 'inconclusive');
});

test('a time holds in every event, is censored by its window, and needs its resolution', (t) => {
	const time = { kind: 'time', exposure: 1 } as const;
	t.deepEqual(ask('timeToDetect <= 1s', { ...time, value: 951, lo: 946, hi: 960 }), { verdict: 'pass', why: '951ms; held in 1 of 1 events', by: 'interval' });
	t.is(ask('timeToDetect <= 1s', { ...time, value: 1951, lo: 1946, hi: 1960 }).verdict, 'fail');
	t.is(ask('timeToDetect <= 1s', { ...time, value: 1951, lo: 1946, hi: 1960 }, GATE).verdict, 'inconclusive');
	t.like(ask('timeToDetect <= 1s', { ...time, value: 998, lo: 990, hi: 1010 }), { verdict: 'inconclusive', next: 'raise the rate: it sets the resolution' });
	t.is(ask('timeToDetect <= 1s', { ...time, value: null, lo: 10_000, hi: null }).verdict, 'fail');
	t.is(ask('timeToDetect <= 20s', { ...time, value: null, lo: 10_000, hi: null }).verdict, 'inconclusive');
	t.like(ask('timeToDetect <= 1s', { ...time, value: null, lo: null, hi: null }), { verdict: 'inconclusive', by: 'unseen' });
});

test('null never passes, whatever the direction', (t) => {
	t.is(ask('timeToDetect >= 1s', { kind: 'time', value: null, lo: 10_000, hi: null }).verdict, 'inconclusive');
	t.is(ask('replayed != 0', { kind: 'hard', value: null, lo: null, hi: null }).verdict, 'inconclusive');
});

test('property: no pass without exposure or value; gates never turn anything into pass, nor a proof into anything else', (t) => {
	const random = rng(2026).fork('judge');
	const any = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)]!;
	const seen = { pass: 0, fail: 0, inconclusive: 0 };
	for (let i = 0; i < 20_000; i++) {
		const metric = any(METRICS);
		const scale = metric.unit === 'ratio' ? 1 : 10;
		const draw = (): number => (random.next() < 0.2 ? 0 : metric.unit === 'count' ? Math.floor(random.next() * 5) : random.next() * scale);
		const three = [draw(), draw(), draw()].sort((a, b) => a - b) as [number, number, number];
		const measure: Measure = {
			value: random.next() < 0.2 ? null : three[1],
			lo: random.next() < 0.2 ? null : three[0],
			hi: random.next() < 0.3 ? null : three[2],
			exposure: any([0, 1, 35, 2012]),
			kind: any(['hard', 'rate', 'time'] as const),
			observedBy: any(['client', 'tap', 'replica', 'witness']),
			evidence: random.next() < 0.5 ? [] : ['r1', 'r2'],
		};
		if (random.next() < 0.4) measure.lo = measure.hi = measure.value;
		const bound: Bound = { op: any(['<', '<=', '>', '>=', '==', '!='] as const), value: draw(), text: 'as written' };
		const free = judge(measure, bound, [], metric);
		const gated = judge(measure, bound, GATE, metric);
		seen[free.verdict] += 1;
		if (measure.exposure === 0 || measure.value === null) t.not(free.verdict, 'pass');
		t.not(gated.verdict, 'pass');
		if (free.by === 'proof') t.deepEqual(gated, free);
		else t.is(gated.verdict, 'inconclusive');
		if (free.verdict === 'inconclusive') t.truthy(free.next);
	}
	t.true(Math.min(seen.pass, seen.fail, seen.inconclusive) > 500, JSON.stringify(seen));
});
