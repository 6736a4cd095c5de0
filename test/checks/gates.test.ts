import test from 'ava';
import type { Event } from '../../src/model/event.js';
import { judged, type Scene, verdicts } from './history.js';

const ASKED = ['availability >= 99%', 'nonIdempotentReplayed == 0', 'timeToFailover <= 1s'];
const UNDECIDED = { availability: 'inconclusive', nonIdempotentReplayed: 'inconclusive', timeToFailover: 'inconclusive' };
const PASSED = { availability: 'pass', nonIdempotentReplayed: 'pass', timeToFailover: 'pass' };

/** Two POSTs of the fault reach two replicas: proof, whatever the gates. */
const proof: Scene['fate'] = ({ i, at }) => (at > 1000 && (i === 601 || i === 701) ? { nodes: ['n1', 'n3'], executed: [{ node: 'n3' }] } : undefined);

const gate = (title: string, scene: Scene, why: RegExp): void => {
	test(`${title}: everything is undecided and says why and what next; a proof stands`, (t) => {
		const result = judged(scene, ASKED);
		t.deepEqual(verdicts(result), UNDECIDED);
		t.regex(result.checks[0]!.why, why);
		for (const check of result.checks) t.truthy(check.next);
		t.is(result.verdict, 'inconclusive');
		const broken = judged({ ...scene, fate: (r) => proof(r) ?? scene.fate?.(r) }, ASKED);
		t.deepEqual(verdicts(broken), { ...UNDECIDED, nonIdempotentReplayed: 'fail' });
		t.is(broken.verdict, 'fail');
	});
};

test('no broken gate: all pass', (t) => {
	t.deepEqual(verdicts(judged({}, ASKED)), PASSED);
});

gate('the fault was not seen to take effect', { without: ['effective'] }, /not seen to take effect/);
gate('the faulty node had no traffic', { fate: ({ node, i }) => (node === 'n2' ? { nodes: [i % 2 ? 'n1' : 'n3'] } : undefined) }, /n2 had no traffic/);
gate('the generator was late', { lagMs: 900 }, /generator itself was late/);
gate('the lag was not recorded', { without: ['lag'] }, /lag was not recorded/);
gate('the generator did not report', { without: ['offered'] }, /did not report/);
gate('there is no baseline', { baselineMs: 0 }, /no request in the baseline|had no traffic/);

const offered = (more: Partial<Extract<Event, { kind: 'offered' }>>): Scene => ({
	without: ['offered'],
	more: [{ kind: 'offered', t: 20_000, experiment: 0, intended: 2050, sent: 2050, refused: 0, ...more }],
});
gate('the generator refused', offered({ refused: 1 }), /refused 1 of/);
gate('the rate was not achieved', offered({ intended: 2080 }), /only 2050 of 2080/);
gate('requests are missing from the history', offered({ intended: 2200, sent: 2200 }), /knows 2050 of 2200/);

test('ids that do not survive, or connections that cannot be read: only what was seen on both sides is undecided', (t) => {
	const opaque: Event = { kind: 'opaque', t: 3000, node: 'n1', conn: 4, life: 1, why: 'TLS' };
	for (const scene of [{ without: ['ids'] }, { more: [opaque] }, { without: ['receipts', 'ledger'], by: 'client' }] satisfies Scene[]) {
		const result = judged(scene, ASKED);
		t.deepEqual(verdicts(result), { ...PASSED, nonIdempotentReplayed: 'inconclusive' });
		t.regex(result.checks[1]!.next!, /x-daruma-id/);
		t.is(result.verdict, 'inconclusive', 'the run itself is unfit, also for what nobody asked');
	}
});

test("a replica's own ledger without ids proves nothing", (t) => {
	const nameless: Event[] = [];
	for (let at = 1500; at < 20_000; at += 50) nameless.push({ kind: 'executed', t: at, id: null, node: 'n1', method: 'GET' });
	const result = judged({ without: ['ledger'], more: nameless }, ['lost == 0']);
	t.deepEqual(verdicts(result), { lost: 'inconclusive' });
	t.regex(result.checks[0]!.why, /ledgers miss/);
});

test('lag is measured against the time that is asked for, and taps that the fault stopped do not count', (t) => {
	const late = (process: string): Event[] => Array.from({ length: 100 }, (_, i) => ({ kind: 'lag', t: 6000 + i * 100, process, lagMs: 90 }));
	const asked = ['p99 <= 100ms', 'p99 <= 2s', 'availability >= 99%'];
	const words = (more: Event[]): string[] =>
		judged({ more }, asked)
			.checks.map((c) => c.verdict)
			.slice(0, 3);
	t.deepEqual(words([]), ['pass', 'pass', 'pass']);
	t.deepEqual(words(late('generator')), ['inconclusive', 'pass', 'pass']);
	// A late tap only lengthens: what held all the same holds, what failed may be its fault.
	t.deepEqual(words(late('tap:n1')), ['pass', 'pass', 'pass']);
	const slow = (more: Event[]): string =>
		judged({ more, fate: ({ i, at }) => (at >= 0 && at < 10_000 && i % 20 === 0 ? { latencyMs: 900 } : undefined) }, ['p99 <= 100ms']).checks[0]!.verdict;
	t.deepEqual([slow([]), slow(late('tap:n1')), slow(late('tap:n2'))], ['fail', 'inconclusive', 'fail']);
	t.deepEqual(words(late('tap:n2')), ['pass', 'pass', 'pass']);
	t.deepEqual(words(late('daruma')), ['pass', 'pass', 'pass']);
	t.is(judged({ more: late('daruma') }, ['timeToRecover <= 500ms']).checks[0]!.verdict, 'inconclusive');
});

test('one late period in a hundred is allowed, more are not', (t) => {
	const lag = (n: number): Event[] => Array.from({ length: n }, (_, i) => ({ kind: 'lag', t: 6000 + i * 100, process: 'generator', lagMs: 900 }));
	t.is(judged({ more: lag(1) }, ['availability >= 99%']).checks[0]!.verdict, 'pass');
	t.is(judged({ more: lag(20) }, ['availability >= 99%']).checks[0]!.verdict, 'inconclusive');
});

test('lines that could not be read prove no zero, and leave no proof by absence', (t) => {
	const damaged: Event = { kind: 'note', t: 1e6, text: '2 lines of the history could not be read', damaged: 2 };
	const asked = ['nonIdempotentReplayed == 0', 'lost == 0', 'availability >= 99%'];
	const lie: Scene['fate'] = ({ at }) => (at === 3000 ? { executed: [] } : undefined);
	t.deepEqual(verdicts(judged({ more: [damaged], fate: lie }, asked)), { nonIdempotentReplayed: 'inconclusive', lost: 'inconclusive', availability: 'pass' });
	t.deepEqual(verdicts(judged({ fate: lie }, asked)), { nonIdempotentReplayed: 'pass', lost: 'fail', availability: 'pass' });
	t.is(verdicts(judged({ more: [damaged], fate: proof }, asked)).nonIdempotentReplayed, 'fail');
	t.true(judged({ more: [damaged] }).notes.some((n) => n.startsWith('2 lines of the history')));
});

test('a stall of ours long before the fault has nothing to do with it', (t) => {
	const lag: Event[] = Array.from({ length: 15 }, (_, i) => ({ kind: 'lag', t: 1600 + i * 100, process: 'generator', lagMs: 900 }));
	t.is(judged({ more: lag }, ['availability >= 99%']).checks[0]!.verdict, 'pass');
});

test('a planned fault that was never injected', (t) => {
	const two = [
		{ kind: 'kill', target: 'n2', atMs: 0, forMs: 10_000 },
		{ kind: 'freeze', target: 'n3', atMs: 100, forMs: 10_000 },
	] as const;
	const result = judged({}, ['availability >= 99%'], { faults: [...two] });
	t.is(result.checks[0]!.verdict, 'inconclusive');
	t.regex(result.checks[0]!.why, /freeze at n3 was never injected/);
});
