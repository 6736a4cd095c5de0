import type { ExecutionContext } from 'ava';
import { eventually } from '../../src/custody/group.js';
import { rng } from '../../src/model/rng.js';
import { baseFolder, Driver, left, noneLeft } from './arena.js';

/** From before the watchdog is there, through the first spawns, to the busy middle of a run. */
const LONGEST_MS = 1800;

/** kill -9 of daruma at a seeded moment of its busy life: within 2 s nothing of its run is left. */
export const killed = async (t: ExecutionContext, seed: number): Promise<void> => {
	const driver = new Driver(t, baseFolder(t), { leaseMs: 5000, busy: true, seed });
	const moment = rng(seed).fork('moment').next() * LONGEST_MS;
	await eventually(moment, () => false);
	driver.signal('SIGKILL');
	t.true(await noneLeft(driver.run.id, 2000), `killed after ${moment.toFixed(0)} ms, seed ${seed}; left:\n${left(driver.run.id)}`);
	t.deepEqual(driver.alive, []);
};

/** SIGSTOP of daruma: the same within its lease (and the time that healing takes). */
export const stopped = async (t: ExecutionContext, seed: number): Promise<void> => {
	const leaseMs = 1500;
	const driver = new Driver(t, baseFolder(t), { leaseMs, busy: true, seed });
	const moment = rng(seed).fork('moment').next() * LONGEST_MS;
	await eventually(moment, () => false);
	driver.signal('SIGSTOP');
	t.true(
		await noneLeft(driver.run.id, leaseMs + 2000, [driver.pid]),
		`stopped after ${moment.toFixed(0)} ms, seed ${seed}; left:\n${left(driver.run.id, [driver.pid])}`,
	);
	t.deepEqual(driver.alive, []);
};
