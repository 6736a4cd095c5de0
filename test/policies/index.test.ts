import test from 'ava';
import { CHOOSER_NAMES, KEYED_POLICIES } from '../../src/model/plan.js';
import { rng } from '../../src/model/rng.js';
import { makePolicy } from '../../src/policies/index.js';
import { candidates } from './table.js';

test('the keyed ones send a user to one node, the others do not look at keys', (t) => {
	for (const name of CHOOSER_NAMES) {
		const policy = makePolicy(name);
		const chance = rng(9).fork(name);
		const taken = new Set(Array.from({ length: 200 }, (_, i) => policy.pick(candidates(1, 1, 1, 1), chance, i, 'one user')));
		if (KEYED_POLICIES.includes(name)) t.is(taken.size, 1, name);
		else t.true(taken.size > 1, name);
	}
});

test('every named policy picks a position of what it is offered, whatever it hears', (t) => {
	for (const name of CHOOSER_NAMES) {
		const policy = makePolicy(name);
		const chance = rng(5).fork(name);
		const used = new Set<number>();
		const report = () => ({
			qps: chance.next() * 100,
			eps: chance.next(),
			utilization: chance.next(),
			inFlight: Math.floor(chance.next() * 9),
			latencyMs: null,
		});
		for (let i = 0; i < 400; i++) {
			const offered = candidates(2, 1, 3, 1).filter(() => chance.next() < 0.7);
			if (offered.length === 0) continue;
			const position = policy.pick(offered, chance, i);
			t.true(Number.isInteger(position) && position >= 0 && position < offered.length, `${name} ${position}`);
			const { index } = offered[position]!;
			used.add(index);
			for (const probed of policy.probes?.(offered, chance, i) ?? []) t.true(offered.some((each) => each.index === probed));
			policy.sent?.(index, i);
			if (chance.next() < 0.5) policy.reported?.(Math.floor(chance.next() * 4), report(), i);
			if (chance.next() < 0.02) policy.returned?.(index, i);
			if (chance.next() < 0.8) policy.done?.(index, { ok: chance.next() < 0.7, latencyMs: chance.next() * 100, now: i + 0.5 });
		}
		t.is(used.size, 4, `${name} uses every node`);
	}
});

test('two clients of one kind share no state', (t) => {
	const [a, b] = [makePolicy('weighted'), makePolicy('weighted')];
	const from = candidates(5, 1, 1);
	t.deepEqual([a.pick(from, rng(1), 0), a.pick(from, rng(1), 0), a.pick(from, rng(1), 0), b.pick(from, rng(1), 0)], [0, 0, 1, 0]);
});
