import type { ExecutionContext } from 'ava';
import { rng } from '../../src/model/rng.js';
import { daruma, scratch, start } from './daruma.js';
import { Marked } from './leftovers.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Pulls the plug at `count` seeded moments in the first `spanMs` of a demo (start, fault, heal, strike) and looks for what was left. */
export const pullThePlug = async (
	t: ExecutionContext,
	signal: 'SIGKILL' | 'SIGSTOP',
	count: number,
	seed: number,
	withinMs: number,
	spanMs = 9000,
): Promise<void> => {
	if (process.platform !== 'linux') {
		t.log('skipped: reads /proc');
		t.pass();
		return;
	}
	const chance = rng(seed);
	let caught = 0;
	for (let i = 0; i < count; i++) {
		const mark = new Marked();
		const dir = scratch(t);
		const running = start(['demo', '--seed', String(i)], { cwd: dir, env: mark.env });
		// A demo lasts about 11 s; most of the moments lie in it, some before the first child.
		const moment = 150 + chance.next() * spanMs;
		await pause(moment);
		const before = mark.living().length;
		if (before > 1) caught += 1;
		running.child.kill(signal);
		if (signal === 'SIGSTOP') {
			// The stopped daruma itself lives on; all that it started must go within its lease.
			const began = performance.now();
			let left = mark.living();
			while (left.some((p) => p.pid !== running.child.pid) && performance.now() - began < withinMs) {
				await pause(50);
				left = mark.living();
			}
			t.deepEqual(
				left.filter((p) => p.pid !== running.child.pid),
				[],
				`stopped at ${moment.toFixed(0)} ms`,
			);
			running.child.kill('SIGCONT');
			const ran = await running.ended;
			if (before > 1) t.true(ran.code === 4 || ran.code === 0, `continued, it says that it was cut off: ${ran.code} ${ran.stderr}`);
		} else {
			await running.ended;
		}
		const { left, ms } = await mark.gone(signal === 'SIGKILL' ? 2000 : 5000);
		t.deepEqual(left, [], `${signal} at ${moment.toFixed(0)} ms: ${before} processes before`);
		t.log(`${signal} at ${moment.toFixed(0)} ms: ${before} processes, all gone after ${ms.toFixed(0)} ms`);
		const healed = await daruma(['heal', '--json'], { cwd: dir });
		t.is(healed.code, 0, healed.stdout + healed.stderr);
	}
	t.true(caught >= count / 2, `only ${caught} of ${count} moments met a running cluster`);
};
