import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { retryBudget } from '../../src/resilience/budget.js';

test('the reserve is there from the start, and comes back after 10 s', (t) => {
	const budget = retryBudget(0, 1);
	const granted = (now: number) => Array.from({ length: 15 }, () => budget.withdraw(now)).filter(Boolean).length;
	t.is(granted(0), 10);
	t.is(granted(9999), 0);
	t.is(granted(10_000), 10);
});

test('ten calls buy one retry at a ratio of 0.1, and lose it again after 10 s', (t) => {
	const budget = retryBudget(0.1, 0);
	for (let i = 0; i < 9; i++) budget.call(0);
	t.false(budget.withdraw(0));
	budget.call(0);
	t.true(budget.withdraw(0));
	t.false(budget.withdraw(0));
	for (let i = 0; i < 10; i++) budget.call(100);
	t.false(budget.withdraw(10_100));
});

test('in the 10 s before any retry: retries ≤ ratio × calls + reserve, counted from outside', (t) => {
	for (let seed = 0; seed < 20; seed++) {
		const chance = rng(seed).fork('budget');
		const budget = retryBudget(0.2, 0.5);
		const calls: number[] = [];
		const retries: number[] = [];
		let denied = 0;
		for (let now = 0; now < 40_000; now += chance.next() * 40) {
			if (chance.next() < 0.5) {
				calls.push(now);
				budget.call(now);
			} else if (budget.withdraw(now)) {
				retries.push(now);
				const since = (times: number[]) => times.filter((at) => at > now - 10_000).length;
				t.true(since(retries) <= 0.2 * since(calls) + 5 + 1e-6);
			} else denied += 1;
		}
		t.true(retries.length > 100 && denied > 0);
	}
});
