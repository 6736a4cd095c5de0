import { readFileSync } from 'node:fs';
import test from 'ava';
import { heal, readJournals } from '../../src/custody/heal.js';
import { groupMembers, isAlive } from '../../src/platform/process-identity.js';
import { baseFolder, Driver, LINUX, left, noneLeft, until } from './arena.js';
import { killed, stopped } from './death.js';

const live = LINUX ? test.serial : test.serial.skip;
if (!LINUX) console.log('skipped: what happens when daruma dies is tested on Linux (it needs /proc and setsid)');

for (const seed of [1, 2, 4, 5]) live(`kill -9 of daruma leaves nothing within 2 s (seed ${seed})`, killed, seed);
for (const seed of [12, 13]) live(`SIGSTOP of daruma leaves nothing within its lease (seed ${seed})`, stopped, seed);

live('kill -9 of daruma also ends who left the group, and who dropped its environment as well', async (t) => {
	const driver = new Driver(t, baseFolder(t), { leaseMs: 5000, busy: false, seed: 1 });
	await driver.ready(t);
	t.is(driver.alive.filter((name) => name === 'stray').length, 4);
	driver.signal('SIGKILL');
	t.true(await noneLeft(driver.run.id, 2000), left(driver.run.id));
	t.deepEqual(driver.alive, []);
});

live('a daruma that is continued after its lease finds custody broken', async (t) => {
	const driver = new Driver(t, baseFolder(t), { leaseMs: 2500, busy: false, seed: 1 });
	await driver.ready(t);
	driver.signal('SIGSTOP');
	t.true(await noneLeft(driver.run.id, 5000, [driver.pid]), left(driver.run.id, [driver.pid]));
	t.deepEqual(driver.alive, [], 'nor anyone who had left his group and dropped his environment');
	driver.signal('SIGCONT');
	await until(t, 'broken', () => driver.said.some((s) => s.kind === 'broken'));
	t.regex(JSON.stringify(driver.said.find((s) => s.kind === 'broken')), /no sign of life for 2500 ms/);
	t.regex(readFileSync(driver.run.journal, 'utf8'), /"kind":"closed","by":"watchdog"/);
});

live('with daruma and watchdog killed at once, wards that run end themselves, and heal ends the frozen one from disk', async (t) => {
	const base = baseFolder(t);
	const driver = new Driver(t, base, { leaseMs: 5000, busy: false, seed: 1 });
	await driver.ready(t);
	t.is(readJournals(base)[0]?.state, 'running');
	t.deepEqual((await heal(base)).running, [driver.run.id], 'a living daruma is left alone');
	t.true(driver.alive.includes('held'));

	const frozen = driver.of('frozen');
	process.kill(driver.watchdog.pid, 'SIGKILL');
	driver.signal('SIGKILL');
	await until(t, 'the wards that run are gone', () => !isAlive(driver.of('held')) && !isAlive(driver.of('listening')), 2000);
	const members = groupMembers(frozen.pid);
	t.true(driver.alive.includes('stray'), 'nor to find who left its group');
	t.true(members.length >= 3 && members.every((p) => p.state === 'T'), 'nobody is left to continue the frozen one');

	t.is(readJournals(base)[0]?.state, 'unfinished');
	const report = await heal(base);
	t.is(report.runs[0]?.outcome, 'healed');
	t.deepEqual(report.runs[0]?.undone, [`continue group ${frozen.pid}`]);
	t.true(await noneLeft(driver.run.id, 1000), left(driver.run.id));
	t.deepEqual(driver.alive, []);
	t.deepEqual(await heal(base), { runs: [], running: [] }, 'and nothing is owed any more');
});
