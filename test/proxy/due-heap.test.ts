import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { MonotonicClock, monotonicNs } from '../../src/platform/clock.js';
import { DueHeap } from '../../src/proxy/due-heap.js';

test('everybody is woken once, in order of time, never early', async (t) => {
	const clock = new MonotonicClock(monotonicNs());
	const heap = new DueHeap(clock);
	const chance = rng(3);
	const woken: number[] = [];
	const count = 500;
	await new Promise<void>((resolve) => {
		const keepAlive = setInterval(() => {}, 1000);
		for (let i = 0; i < count; i++) {
			const due = clock.now() + chance.next() * 80;
			heap.add(due, {
				wake: (now) => {
					t.true(now >= due);
					woken.push(due);
					if (woken.length < count) return;
					clearInterval(keepAlive);
					resolve();
				},
			});
		}
	});
	t.deepEqual(
		woken,
		[...woken].sort((a, b) => a - b),
	);
	t.is(heap.size, 0);
});

test('who waits for weeks costs no wake-ups', async (t) => {
	let asked = 0;
	const heap = new DueHeap({ now: () => asked++ && 0 });
	const warnings: string[] = [];
	const hear = ({ name }: Error): number => warnings.push(name);
	process.on('warning', hear);
	const entry = heap.add(1e12, { wake: () => t.fail() });
	const before = asked;
	await new Promise((resolve) => setTimeout(resolve, 20));
	process.off('warning', hear);
	heap.cancel(entry);
	t.is(asked, before, 'nobody has looked at the clock');
	t.false(warnings.includes('TimeoutOverflowWarning'));
});

test('whoever is due is also woken by a poll, once, and not from within another wake', (t) => {
	const heap = new DueHeap({ now: () => 0 });
	const woken: string[] = [];
	let depth = 0;
	const add = (due: number, name: string): void => {
		heap.add(due, {
			wake: (now) => {
				t.is(++depth, 1);
				woken.push(`${name}@${now}`);
				heap.poll(now + 5);
				depth--;
			},
		});
	};
	add(30, 'c');
	add(10, 'a');
	add(20, 'b');
	heap.poll(9);
	t.deepEqual(woken, []);
	heap.poll(20);
	t.deepEqual(woken, ['a@20', 'b@20']);
	heap.poll(30);
	t.deepEqual(woken, ['a@20', 'b@20', 'c@30']);
	t.is(heap.size, 0);
});

test('a wake that throws keeps nobody else from being woken', (t) => {
	const heap = new DueHeap({ now: () => 0 });
	const woken: number[] = [];
	heap.add(1, {
		wake: () => {
			throw new Error('mine');
		},
	});
	heap.add(2, { wake: (now) => woken.push(now) });
	t.throws(() => heap.poll(3), { message: 'mine' });
	heap.poll(4);
	t.deepEqual(woken, [4]);
});
