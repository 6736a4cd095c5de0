import { join, resolve } from 'node:path';
import { DarumaError, EXIT, stageError } from '../model/errors.js';
import { ownLineage } from '../platform/process-identity.js';
import type { Armed, Custody, Ward, WardSpec } from './custody.js';
import { runToken, sweep } from './group.js';
import { JournalWriter } from './journal.js';
import { carryOut, describe, objection, type Undo } from './undo.js';
import { type LiveWard, startAtGate } from './wards.js';
import { Watchdog } from './watchdog.js';

export interface CustodyOptions {
	/** Id of the run: it marks every process and the journal. */
	run: string;
	/** The run's own folder, absolute: journal.ndjson is written there. */
	folder: string;
	/** How long either side may be silent before the other acts. */
	leaseMs?: number;
}

/** Starts the watchdog and takes charge of everything this run will start or break. Throws exit 4 if that cannot be had. */
export const openCustody = async ({ run, folder, leaseMs = 5000 }: CustodyOptions): Promise<Custody> => {
	const journal = join(resolve(folder), 'journal.ndjson');
	const armed = new Map<number, Undo>();
	const wards = new Map<number, LiveWard>();
	/** Every ward there ever was: nothing else may be broken. */
	const ours = new Set<string>();
	const failures: string[] = [];
	const watchdog = await Watchdog.start({ run, journal, leaseMs }, (id, error) => {
		if (error === undefined) armed.delete(id);
	});
	let lastId = 0;
	let closing: Promise<void> | undefined;

	const refuseWhenClosing = (): void => {
		if (closing) throw stageError('E_CUSTODY', 'nothing more is started: the run is ending');
	};

	const undo = async (id: number): Promise<void> => {
		const what = armed.get(id);
		if (!what) return;
		const ward = 'pid' in what ? [...wards.values()].find((w) => w.pid === what.pid && w.startTime === what.startTime) : undefined;
		try {
			await carryOut(what, run, ward?.members);
		} catch (error) {
			throw unhealed([`${describe(what)}: ${(error as Error).message}`]);
		}
		armed.delete(id);
		watchdog.note({ kind: 'undone', id, by: 'daruma' });
	};

	const spawn = async (spec: WardSpec): Promise<Ward> => {
		refuseWhenClosing();
		const ward = await startAtGate(spec, run, ++lastId, (of, { pid, startTime }) => watchdog.note({ kind: 'member', ward: of, pid, startTime }));
		wards.set(ward.ordinal, ward);
		ours.add(`${ward.pid} ${ward.startTime}`);
		void ward.exited.then(() => {
			if (ward.failure !== undefined) return;
			wards.delete(ward.ordinal);
			watchdog.note({ kind: 'ended', ward: ward.ordinal });
		});
		try {
			await watchdog.write({ kind: 'ward', ward: ward.ordinal, name: ward.name, pid: ward.pid, startTime: ward.startTime });
			refuseWhenClosing();
		} catch (error) {
			await ward.end(0);
			throw error;
		}
		ward.go(spec.entry, spec.args);
		return ward;
	};

	const arm = async (what: Undo, withinMs: number): Promise<Armed> => {
		refuseWhenClosing();
		const wrong = objection(what, run);
		if (wrong) throw new DarumaError('E_UNDO', EXIT.bug, wrong);
		if ('pid' in what && !ours.has(`${what.pid} ${what.startTime}`)) {
			throw new DarumaError('E_NOT_OURS', EXIT.unsafe, `process ${what.pid} was not started by this run, so it is not touched`);
		}
		const id = ++lastId;
		await watchdog.write({ kind: 'armed', id, undo: what, withinMs });
		armed.set(id, what);
		return { heal: () => undo(id), renew: (ms) => watchdog.renew(id, ms) };
	};

	const close = async (graceMs: number): Promise<void> => {
		const attempt = async (work: () => Promise<unknown>): Promise<void> => {
			try {
				await work();
			} catch (error) {
				failures.push((error as Error).message);
			}
		};
		for (const id of [...armed.keys()].reverse()) await attempt(() => undo(id));
		await Promise.all([...wards.values()].map((ward) => attempt(() => ward.end(graceMs))));
		await attempt(() => sweep(runToken(run), new Set([...ownLineage(), watchdog.pid])));
		failures.push(...watchdog.failures);
		if (failures.length > 0) {
			watchdog.release();
			throw unhealed(failures);
		}
		if (await watchdog.dismiss()) return;
		await attempt(async () => {
			const writer = new JournalWriter(journal);
			writer.append({ kind: 'closed', by: 'daruma', why: 'everything was undone and ended; the watchdog had gone' });
			writer.close();
		});
	};

	return {
		run,
		spawn,
		arm,
		broken: watchdog.lost,
		close: (graceMs = 2000) => {
			closing ??= close(graceMs);
			return closing;
		},
	};
};

const unhealed = (failures: readonly string[]): DarumaError =>
	new DarumaError('E_UNHEALED', EXIT.unhealed, `could not be healed, or not be verified: ${failures.join('; ')}`, 'run: daruma heal');
