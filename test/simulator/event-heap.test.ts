import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { EventHeap } from '../../src/simulator/event-heap.js';

test('in and out in any order: always the earliest, of one instant the smaller code', (t) => {
	const chance = rng(8);
	const heap = new EventHeap();
	const model: [time: number, code: number][] = [];
	for (let i = 0; i < 20_000; i++) {
		if (model.length === 0 || chance.next() < 0.55) {
			const event: [number, number] = [Math.floor(chance.next() * 50), Math.floor(chance.next() * 1000)];
			heap.push(...event);
			model.push(event);
			continue;
		}
		const least = model.reduce((a, b) => (b[0] < a[0] || (b[0] === a[0] && b[1] < a[1]) ? b : a));
		model.splice(model.indexOf(least), 1);
		if (heap.nextMs !== least[0] || heap.pop() !== least[1]) return t.fail(`at ${i}`);
	}
	t.is(heap.size, model.length);
	t.true(model.length > 1024, 'it grew');
});

test('empty: nothing is ever next', (t) => t.is(new EventHeap().nextMs, Number.POSITIVE_INFINITY));
