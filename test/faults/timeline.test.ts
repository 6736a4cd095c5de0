import test from 'ava';
import { endMs, lastEndMs, type Occurrence, timeline } from '../../src/faults/timeline.js';
import type { FaultSpec } from '../../src/model/plan.js';
import { rng } from '../../src/model/rng.js';

const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `n${i + 1}`);
const fault = (kind: FaultSpec['kind'], target: string, atMs = 0, forMs = 10, more: Partial<FaultSpec> = {}): FaultSpec => ({
	kind,
	target,
	atMs,
	forMs,
	...more,
});
const lay = (faults: readonly FaultSpec[], n = 3, seed = 1) => timeline(faults, names(n), (index) => rng(seed).fork(`target-0-${index}`));
const laid = (faults: readonly FaultSpec[], n = 3, seed = 1): Occurrence[] => {
	const found = lay(faults, n, seed);
	if ('text' in found) throw new Error(found.text);
	return found;
};
const refused = (faults: readonly FaultSpec[], n = 3): string => {
	const found = lay(faults, n);
	return 'text' in found ? `${found.fault}: ${found.text}` : 'not refused';
};
const node = ({ aim }: Occurrence): string => (aim.kind === 'node' ? aim.node : aim.kind);
const brief = (all: Occurrence[]): string[] =>
	all.map((each) => `${each.fault} ${node(each)} ${each.dueMs}${each.nth ? ` #${each.nth}` : ''}${each.after === null ? '' : ` after ${each.after}`}`);
const SEEDS = Array.from({ length: 40 }, (_, seed) => seed);

test('a flap comes again and again at the same node, each time an occurrence of its own', (t) => {
	const flap = fault('delay', 'n2', 5, 4, { flap: { everyMs: 10, times: 3 } });
	t.deepEqual(brief(laid([flap])), ['0 n2 5 #1', '0 n2 15 #2 after 0', '0 n2 25 #3 after 1']);
	t.is(endMs(flap, 1), 29);
	for (const seed of SEEDS) t.is(new Set(laid([{ ...flap, target: 'one' }], 3, seed).map(node)).size, 1);
	t.deepEqual(brief(laid([{ ...flap, target: 'all' }], 2)), [
		'0 n1 5 #1',
		'0 n1 15 #2 after 0',
		'0 n1 25 #3 after 1',
		'0 n2 5 #1',
		'0 n2 15 #2 after 3',
		'0 n2 25 #3 after 4',
	]);
});

test('a roll goes over its nodes one by one, each after the heal of the one before', (t) => {
	const roll = fault('term', 'all', 5, 10, { roll: { gapMs: 2 } });
	t.deepEqual(brief(laid([roll])), ['0 n1 5', '0 n2 17 after 0', '0 n3 29 after 1']);
	t.deepEqual(
		laid([roll]).map((each) => each.gapMs),
		[2, 2, 2],
	);
	t.is(lastEndMs([roll], 3), 39);
	for (const seed of SEEDS) {
		const nodes = laid([{ ...roll, target: 'majority' }], 5, seed).map(node);
		t.is(nodes.length, 3);
		t.deepEqual(nodes, [...nodes].sort());
	}
});

test('one slow and one dead: another and others are none of those before', (t) => {
	for (const seed of SEEDS) {
		const two = laid([fault('delay', 'one'), fault('kill', 'another', 5)], 3, seed).map(node);
		t.is(new Set(two).size, 2, `seed ${seed}`);
		const rest = laid([fault('delay', 'one'), fault('kill', 'others', 5)], 4, seed).map(node);
		t.is(new Set(rest).size, 4, `seed ${seed}`);
	}
	t.true(
		new Set(
			SEEDS.map((seed) =>
				laid([fault('delay', 'one'), fault('kill', 'another')], 3, seed)
					.map(node)
					.join(),
			),
		).size >= 4,
	);
	t.is(refused([fault('delay', 'all'), fault('kill', 'another', 20)]), '1: kill another, where the faults before it leave no node');
	t.is(refused([fault('delay', 'one'), fault('kill', 'another')], 1), '1: kill another, where the faults before it leave no node');
	t.is(refused([fault('delay', 'one'), fault('kill', 'minority', 10)], 2), '1: kill minority, where so few nodes have none');
	t.is(refused([fault('delay', 'one', 0, 10, { roll: { gapMs: 0 } }), fault('kill', 'others', 10)], 3), 'not refused');
});

test('words draw among the nodes on which their fault may be', (t) => {
	for (const seed of SEEDS) {
		t.is(new Set(laid([fault('kill', 'one'), fault('kill', 'one', 5), fault('freeze', 'one', 5)], 3, seed).map(node)).size, 3, `seed ${seed}`);
		t.not(node(laid([fault('kill', 'one'), fault('kill', 'n2')], 2, seed)[0]!), 'n2');
	}
	t.regex(refused([fault('kill', 'one'), fault('kill', 'one', 5)], 1), /^1: kill one from 5ms on, while kill one lasts until 10ms: nothing else can begin/);
	t.regex(refused([fault('kill', 'majority'), fault('kill', 'majority', 5)]), /^1: /);
	t.regex(refused([fault('kill', 'n1'), fault('kill', 'n1', 5)]), /^1: /);
	t.deepEqual(brief(laid([fault('kill', 'n1'), fault('kill', 'n1', 10)])), ['0 n1 0', '1 n1 10']);
	t.regex(refused([fault('kill', 'all', 0, 10, { roll: { gapMs: 0 } }), fault('kill', 'n3', 25)]), /kill n3 from 25ms on, while kill all lasts until 30ms/);
});

test('the same draw as ever where nothing is in the way', (t) => {
	for (const seed of SEEDS) {
		const alone = node(laid([fault('kill', 'one')], 3, seed)[0]!);
		t.is(node(laid([fault('kill', 'one'), fault('kill', 'one', 30)], 3, seed)[0]!), alone);
	}
});

test('a kill ends what the tap was doing; a freeze lets it wait', (t) => {
	const [delay, kill] = laid([fault('delay', 'n1', 0, 100), fault('kill', 'n1', 50, 10)]) as [Occurrence, Occurrence];
	t.is(delay.endedBy, 1);
	t.is(kill.endedBy, null);
	t.is(laid([fault('delay', 'n1', 0, 100), fault('freeze', 'n1', 50, 10)])[0]!.endedBy, null);
	const twice = laid([fault('kill', 'n1', 60, 10), fault('delay', 'n1', 0, 100), fault('term', 'n1', 30, 10)]);
	t.is(twice[1]!.endedBy, 2);
});

test('who leads is left open, and who the others are with it', (t) => {
	const [first, second] = laid([fault('kill', 'leader'), fault('delay', 'another', 5)]) as [Occurrence, Occurrence];
	t.deepEqual(first.aim, { kind: 'leader' });
	t.is(second.aim.kind, 'rest');
	t.deepEqual(laid([fault('kill', 'leader'), fault('delay', 'others', 5)], 4).map(node), ['leader', 'rest', 'rest', 'rest']);
	t.deepEqual(brief(laid([fault('kill', 'leader', 0, 5, { flap: { everyMs: 20, times: 2 } })])), ['0 leader 0 #1', '0 leader 20 #2 after 0']);
	t.regex(refused([fault('kill', 'leader'), fault('kill', 'n2', 5)]), /nobody knows beforehand which node leads/);
	t.regex(refused([fault('kill', 'leader', 20), fault('delay', 'another', 5)]), /before the leader is known/);
	t.regex(refused([fault('kill', 'leader'), fault('delay', 'others', 5), fault('delay', 'another', 5)], 3), /leave no node/);
	t.is(lay([fault('kill', 'leader'), fault('kill', 'n2', 30)]).constructor, Array);
});
