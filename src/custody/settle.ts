import { type Group, killGroup, living, runToken, sweep } from './group.js';
import type { Debts, WardEntry } from './journal.js';
import { carryOut, describe } from './undo.js';

export interface Settlement {
	undone: string[];
	/** Wards that were still there. */
	ended: string[];
	/** Processes that had left their groups. */
	strays: number;
	/** What could not be done, or not be verified: one sentence each. */
	failures: string[];
}

export const groupOf = (ward: WardEntry, run: string): Group => ({ pid: ward.pid, startTime: ward.startTime, token: runToken(run), members: ward.members });

/**
 * Pays everything that is owed: undos, latest first; then kills every ward's group; then whoever
 * carries the run's mark outside of them; and verifies that all are gone. `spare` is never swept.
 */
export const settle = async (debts: Debts, run: string, spare: ReadonlySet<number>): Promise<Settlement> => {
	const result: Settlement = { undone: [], ended: [], strays: 0, failures: [] };
	const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
		try {
			await work();
		} catch (error) {
			result.failures.push(`${what}: ${(error as Error).message}`);
		}
	};
	for (const [id, undo] of [...debts.armed].reverse()) {
		const leader = 'pid' in undo ? [...debts.wards.values()].find((w) => w.pid === undo.pid && w.startTime === undo.startTime) : undefined;
		await attempt(describe(undo), async () => {
			await carryOut(undo, run, leader?.members);
			debts.armed.delete(id);
			result.undone.push(describe(undo));
		});
	}
	const wards = [...debts.wards.values()].reverse();
	// All at once: what is left running meanwhile should be as little as possible. SIGKILL reaches the stopped too.
	await Promise.all(
		wards.map((ward) =>
			attempt(ward.name, async () => {
				const group = groupOf(ward, run);
				if (living(group).length > 0) result.ended.push(`${ward.name} (pid ${ward.pid})`);
				await killGroup(group);
				debts.wards.delete(ward.ward);
			}),
		),
	);
	await attempt(`run ${run}`, async () => {
		result.strays = await sweep(runToken(run), spare);
	});
	return result;
};
