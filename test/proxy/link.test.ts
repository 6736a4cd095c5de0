import test from 'ava';
import { DueHeap } from '../../src/proxy/due-heap.js';
import { Link } from '../../src/proxy/link.js';
import type { Stage } from '../../src/proxy/stage.js';

for (const [how, stages] of [
	['without stages', []],
	['through a stage', [{ shape: () => {} } satisfies Stage]],
] as const) {
	test(`ends of two directions that end each other come once each, ${how}`, (t) => {
		const heap = new DueHeap({ now: () => 0 });
		const ended: string[] = [];
		// As a connection does while both sockets still have bytes to write: neither is destroyed yet.
		const link = (name: string, other: () => Link): Link =>
			new Link(
				heap,
				() => {},
				() => {
					ended.push(name);
					if (ended.length < 10) other().finish();
				},
			);
		const up: Link = link('upstream', () => down);
		const down: Link = link('downstream', () => up);
		for (const one of [up, down]) one.setStages(stages);
		up.finish();
		t.deepEqual(ended, ['upstream', 'downstream']);
	});
}
