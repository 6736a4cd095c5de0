import { existsSync } from 'node:fs';
import { DarumaError, EXIT } from '../model/errors.js';
import { bootId, isAlive, ownLineage } from '../platform/process-identity.js';
import { listRuns } from '../platform/run-folder.js';
import { eventually } from './group.js';
import { type Debts, JournalWriter, readJournal } from './journal.js';
import { type Settlement, settle } from './settle.js';

export interface JournalReport {
	run: string;
	journal: string;
	/** closed: nothing is owed. running: its daruma is alive and takes care of it. unfinished: for `heal`. */
	state: 'closed' | 'running' | 'unfinished';
	debts: Debts;
	/** Lines that could not be read; nothing was begun on their strength. */
	torn: number;
}

/** Every journal in `.daruma/runs/` of `baseDir`, oldest first. */
export const readJournals = (baseDir: string): JournalReport[] =>
	listRuns(baseDir)
		.filter((run) => existsSync(run.journal))
		.map((run) => {
			const { debts, torn } = readJournal(run.journal);
			const state = debts.closed ? 'closed' : sameBoot(debts) && debts.header && isAlive(debts.header.daruma) ? 'running' : 'unfinished';
			return { run: run.id, journal: run.journal, state, debts, torn };
		});

const sameBoot = ({ header }: Debts): boolean => header?.boot === bootId();

export interface HealReport {
	runs: ({ run: string; outcome: 'healed' | 'unhealed'; torn: number } & Settlement)[];
	/** Runs whose daruma is alive, and that were left alone. */
	running: string[];
}

/**
 * Pays, from disk alone, what unfinished runs in `baseDir` owe: undoes, ends, verifies, and closes their journals. Runs
 * whose daruma lives are left alone unless `force`. Throws E_UNHEALED (exit 6) after everything was tried, if something
 * could not be verified.
 */
export const heal = async (baseDir: string, { force = false }: { force?: boolean } = {}): Promise<HealReport> => {
	const report: HealReport = { runs: [], running: [] };
	const spare = ownLineage();
	for (const found of readJournals(baseDir)) {
		if (found.state === 'closed') continue;
		if (found.state === 'running' && !force) {
			report.running.push(found.run);
			continue;
		}
		const debts = found.state === 'running' ? found.debts : await afterWatchdog(found);
		if (debts.closed) continue;
		if (debts.header) spare.add(debts.header.daruma.pid);
		// After a reboot every process is gone, and their numbers are somebody else's.
		if (!sameBoot(debts)) forgetProcesses(debts);
		const settled = await settle(debts, found.run, spare);
		if (found.state !== 'running') dismiss(debts);
		const outcome = settled.failures.length === 0 ? 'healed' : 'unhealed';
		if (outcome === 'healed') cross(found.journal, force);
		report.runs.push({ run: found.run, outcome, torn: found.torn, ...settled });
	}
	const failures = report.runs.flatMap((run) => run.failures.map((failure) => `${run.run}: ${failure}`));
	if (failures.length > 0) {
		throw new DarumaError(
			'E_UNHEALED',
			EXIT.unhealed,
			`could not be healed, or not be verified: ${failures.join('; ')}`,
			'end what is named by hand, then run daruma heal again',
		);
	}
	return report;
};

/** A watchdog that is still at it knows more than the disk: it gets its time first. */
const afterWatchdog = async ({ journal, debts }: JournalReport): Promise<Debts> => {
	const watchdog = debts.header?.watchdog;
	if (watchdog === undefined || !sameBoot(debts)) return debts;
	await eventually(3000, () => !isAlive(watchdog));
	return readJournal(journal).debts;
};

const forgetProcesses = (debts: Debts): void => {
	debts.wards.clear();
	for (const [id, undo] of debts.armed) if ('pid' in undo) debts.armed.delete(id);
};

/** A watchdog that could not do its work in its time (somebody stopped it) has none left. */
const dismiss = (debts: Debts): void => {
	const watchdog = debts.header?.watchdog;
	if (watchdog && sameBoot(debts) && isAlive(watchdog)) process.kill(watchdog.pid, 'SIGKILL');
};

const cross = (journal: string, force: boolean): void => {
	const writer = new JournalWriter(journal);
	try {
		writer.append({ kind: 'closed', by: 'heal', why: force ? 'daruma heal --force' : 'daruma heal' });
	} finally {
		writer.close();
	}
};
