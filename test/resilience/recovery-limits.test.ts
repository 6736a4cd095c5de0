import test from 'ava';
import type { RecoveryLimits } from '../../src/model/recovery.js';
import { rng } from '../../src/model/rng.js';
import { allowedOut, RecoveryLimiter, type RecoveryShape } from '../../src/resilience/recovery-limits.js';

const LIMITS: RecoveryLimits = {
	backoff: { baseMs: 1000, maxMs: 8000, jitter: 'none' },
	most: 3,
	windowMs: 60_000,
	stableMs: 30_000,
	holdMs: 2000,
	maxShare: 0.5,
	together: 1,
};

const made = (nodes: number, limits: Partial<RecoveryLimits> = {}, shape: RecoveryShape = 'mend'): RecoveryLimiter =>
	new RecoveryLimiter(
		Array.from({ length: nodes }, (_, i) => `n${i + 1}`),
		shape,
		{ ...LIMITS, ...limits },
		rng(1),
	);

const begins = (limiter: RecoveryLimiter, now: number): string[] => limiter.decide(now).begin.map(({ node, move }) => `${move} ${node}`);

test('a node that is down is mended at once, and only once while that is under way', (t) => {
	const limiter = made(3);
	t.deepEqual(begins(limiter, 0), []);
	limiter.heard('n2', 'down', 100);
	t.deepEqual(limiter.decide(100), { begin: [{ node: 'n2', move: 'mend', attempt: 1 }], wakeMs: null, gaveUp: [] });
	limiter.heard('n2', 'down', 150);
	t.deepEqual(begins(limiter, 200), []);
});

test('after a success the node is held: still down, it is mended again when the hold is over, and not before', (t) => {
	const limiter = made(3);
	limiter.heard('n2', 'down', 0);
	limiter.decide(0);
	limiter.ended('n2', true, 500);
	t.deepEqual(limiter.decide(1000), { begin: [], wakeMs: 2500, gaveUp: [] });
	t.deepEqual(begins(limiter, 2499), []);
	t.deepEqual(begins(limiter, 2500), ['mend n2']);
});

test('after a failure the wait doubles up to its most; the window then gives up, with a reason, once', (t) => {
	const limiter = made(3, { most: 5 });
	limiter.heard('n1', 'down', 0);
	let now = 0;
	const waits: number[] = [];
	for (let i = 0; i < 5; i++) {
		t.deepEqual(begins(limiter, now), ['mend n1']);
		limiter.ended('n1', false, now);
		const { wakeMs } = limiter.decide(now);
		waits.push((wakeMs as number) - now);
		now = wakeMs as number;
	}
	t.deepEqual(waits, [1000, 2000, 4000, 8000, 8000]);
	t.deepEqual(limiter.decide(now), { begin: [], wakeMs: null, gaveUp: [{ node: 'n1', why: '5 within 60000 ms, and it is down again' }] });
	t.deepEqual(limiter.decide(now + 1_000_000), { begin: [], wakeMs: null, gaveUp: [] });
});

test('jitter is drawn by seed, node and try: the same again, and within the law', (t) => {
	const wait = (): number => {
		const limiter = made(1, { backoff: { baseMs: 1000, maxMs: 8000, jitter: 'full' } });
		limiter.heard('n1', 'down', 0);
		limiter.decide(0);
		limiter.ended('n1', false, 0);
		return limiter.decide(0).wakeMs as number;
	};
	t.is(wait(), wait());
	t.true(wait() >= 0 && wait() < 1000);
});

test('up for stableMs forgets the past: the back-off begins anew, and who was given up gets another chance', (t) => {
	const limiter = made(3, { most: 1, windowMs: 1000 });
	limiter.heard('n1', 'down', 0);
	limiter.decide(0);
	limiter.ended('n1', false, 0);
	limiter.heard('n1', 'up', 100);
	limiter.heard('n1', 'down', 500);
	t.is(limiter.decide(999.5).wakeMs, 1000);
	const late = made(3, { most: 1 });
	late.heard('n1', 'down', 0);
	late.decide(0);
	late.ended('n1', false, 0);
	t.is(late.decide(1000).gaveUp.length, 1);
	late.heard('n1', 'up', 2000);
	late.heard('n1', 'down', 31_999);
	t.deepEqual(begins(late, 70_000), []);
	late.heard('n1', 'up', 80_000);
	late.heard('n1', 'down', 110_000);
	t.deepEqual(late.decide(110_000).begin, [{ node: 'n1', move: 'mend', attempt: 1 }]);
});

test('what lies outside the window does not count', (t) => {
	const limiter = made(1, { most: 2, windowMs: 10_000, backoff: { baseMs: 0, maxMs: 0, jitter: 'none' } });
	limiter.heard('n1', 'down', 0);
	for (const at of [0, 6000, 10_001, 16_001]) {
		t.deepEqual(begins(limiter, at), ['mend n1'], `${at}`);
		limiter.ended('n1', false, at);
	}
	t.is(limiter.decide(16_002).gaveUp.length, 1);
});

test('one at a time, the longest down first; the next begins when that has ended', (t) => {
	const limiter = made(4, { maxShare: 1 });
	limiter.heard('n3', 'down', 10);
	limiter.heard('n1', 'down', 20);
	limiter.heard('n2', 'down', 30);
	t.deepEqual(begins(limiter, 40), ['mend n3']);
	limiter.ended('n3', true, 50);
	limiter.heard('n3', 'up', 60);
	t.deepEqual(begins(limiter, 60), ['mend n1']);
	limiter.ended('n1', false, 70);
	t.deepEqual(begins(limiter, 70), ['mend n2']);
});

for (const [maxShare, n, most] of [
	[0.5, 3, 1],
	[0.5, 4, 2],
	[0.34, 3, 1],
	[0.1, 3, 1],
	[1, 3, 3],
	[2 / 3, 3, 2],
] as const) {
	test(`a share of ${maxShare} of ${n} nodes is ${most}, however many may be done together`, (t) => {
		t.is(allowedOut(maxShare, n), most);
		const limiter = made(n, { maxShare, together: n });
		for (let i = 1; i <= n; i++) limiter.heard(`n${i}`, 'down', i);
		t.is(limiter.decide(100).begin.length, most);
	});
}

test('failover: out when down, in when up and held for long enough; a node that is out counts in the share', (t) => {
	const limiter = made(3, {}, 'route');
	limiter.heard('n1', 'up', 0);
	limiter.heard('n2', 'down', 0);
	t.deepEqual(begins(limiter, 0), ['out n2']);
	limiter.ended('n2', true, 10);
	t.deepEqual(limiter.out, ['n2']);
	limiter.heard('n3', 'down', 20);
	t.deepEqual(begins(limiter, 20), [], 'a second of three would be more than half');
	limiter.heard('n2', 'up', 30);
	t.is(limiter.decide(30).wakeMs, 2010);
	t.deepEqual(begins(limiter, 2010), ['in n2']);
	limiter.ended('n2', true, 2020);
	t.deepEqual(limiter.out, []);
	t.deepEqual(begins(limiter, 2020), ['out n3']);
});

test('a node that flaps is held out longer each time', (t) => {
	const limiter = made(3, { holdMs: 0, most: 10 }, 'route');
	let now = 0;
	const held: number[] = [];
	for (let i = 0; i < 4; i++) {
		limiter.heard('n1', 'down', now);
		t.deepEqual(begins(limiter, now), ['out n1']);
		limiter.ended('n1', true, now);
		limiter.heard('n1', 'up', now);
		const { wakeMs, begin } = limiter.decide(now);
		held.push(begin.length > 0 ? 0 : (wakeMs as number) - now);
		now = begin.length > 0 ? now : (wakeMs as number);
		if (begin.length === 0) limiter.decide(now);
		limiter.ended('n1', true, now);
		now = Math.max(now, limiter.decide(now).wakeMs ?? now) + 10_000;
	}
	t.deepEqual(held, [0, 2000, 4000, 8000]);
});

test('what failed to be taken out is tried again after the back-off, and never counts as out', (t) => {
	const limiter = made(3, {}, 'route');
	limiter.heard('n1', 'down', 0);
	limiter.decide(0);
	limiter.ended('n1', false, 100);
	t.deepEqual(limiter.out, []);
	t.is(limiter.decide(100).wakeMs, 1100);
	t.deepEqual(begins(limiter, 1100), ['out n1']);
});

test('names that nobody knows, and ends of nothing, change nothing', (t) => {
	const limiter = made(1);
	limiter.heard('n9', 'down', 0);
	limiter.ended('n1', true, 0);
	t.deepEqual(limiter.decide(0), { begin: [], wakeMs: null, gaveUp: [] });
});
