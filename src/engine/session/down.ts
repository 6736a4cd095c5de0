import { eventually, killOne } from '../../custody/group.js';
import { heal } from '../../custody/heal.js';
import { DarumaError, EXIT } from '../../model/errors.js';
import { isAlive } from '../../platform/process-identity.js';
import { findSession, owes, removeRecord, type SessionRecord } from './record.js';
import { reach, remoteSession, settled } from './remote.js';

export interface DownReport {
	/** The run that was ended; null: no cluster ran here. */
	run: string | null;
	/** asked: its supervisor ended it. dead: its supervisor had gone before. forced: it did not answer, and was ended. none: there was none. */
	how: 'asked' | 'dead' | 'forced' | 'none';
	/** What was still owed and was undone, and what was still there and was ended, from disk. */
	undone: string[];
	ended: string[];
}

/** A supervisor ends a cluster in seconds, also one with a frozen node. */
const ANSWER_MS = 20_000;
const EXIT_MS = 5000;

/**
 * Ends the cluster of this folder (or of the nearest one above) and verifies that nothing of it is left. None is no
 * error. Throws E_UNHEALED (exit 6) if it could not be verified.
 */
export const down = async (cwd: string): Promise<DownReport> => {
	const found = findSession(cwd);
	if (found === null) return { run: null, how: 'none', undone: [], ended: [] };
	const { base, record } = found;
	let how: DownReport['how'] = 'dead';
	let refused: unknown = null;
	if (found.state === 'living') {
		how = 'asked';
		try {
			const client = await reach(found);
			try {
				await Promise.race([remoteSession(client).stop(), silence(), closed(record)]);
			} finally {
				client.close();
			}
		} catch (error) {
			refused = error;
		}
		if (!(await eventually(EXIT_MS, () => !isAlive(record)))) {
			// It is stuck or stopped: then its watchdog has acted, or acts now.
			how = 'forced';
			killOne(record);
		} else if (refused !== null) how = 'dead';
	}
	await settled(found);
	// From disk alone: what is left of it, whoever should have ended it.
	const { runs } = await heal(base);
	const mine = runs.find(({ run }) => run === record.run);
	if (!(await eventually(EXIT_MS, () => !isAlive(record)))) {
		throw new DarumaError(
			'E_UNHEALED',
			EXIT.unhealed,
			`the supervisor of run ${record.run} (pid ${record.pid}) is still there`,
			'end it by hand, then run daruma heal',
		);
	}
	removeRecord(base, record.run);
	return { run: record.run, how, undone: mine?.undone ?? [], ended: mine?.ended ?? [] };
};

/** A supervisor that was stopped answers nobody; its watchdog acts within its lease. */
const closed = async (record: SessionRecord): Promise<void> => {
	await eventually(ANSWER_MS, () => !owes(record.folder));
};

const silence = (): Promise<never> => new Promise((_, reject) => void setTimeout(() => reject(new Error('no answer')), ANSWER_MS).unref());
