/**
 * The watchdog: a process of its own that knows on disk what daruma has begun, and pays for it when daruma cannot.
 * Only the end of the channel, a missed lease, an armed deadline or daruma's dismissal moves it; no signal of a
 * terminal does.
 */
import { bootId, groupMembers, type Identity, ownIdentity } from '../platform/process-identity.js';
import { Debts, type Entry, JournalWriter } from './journal.js';
import { Lease } from './lease.js';
import { settle } from './settle.js';
import { carryOut, describe, type Undo } from './undo.js';

export interface WatchdogArgs {
	run: string;
	journal: string;
	daruma: Identity;
	leaseMs: number;
}

/** To the watchdog. Those with `seq` are answered by `ack` once they are on disk. */
export type ToWatchdog =
	| { kind: 'beat' }
	| { kind: 'write'; seq: number; entry: Entry }
	| { kind: 'note'; entry: Entry }
	/** The deadline of what is armed is so far away from now; what has been undone stays so. */
	| { kind: 'renew'; id: number; withinMs: number }
	| { kind: 'dismiss' };

export type FromWatchdog =
	| { kind: 'ready' }
	| { kind: 'beat' }
	| { kind: 'ack'; seq: number; error?: string }
	/** A deadline came: this undo has been carried out, or could not be. */
	| { kind: 'expired'; id: number; error?: string }
	/** It healed over daruma's head, and is gone. */
	| { kind: 'healed'; why: string; failures: string[] };

const TICK_MS = 50;
const args = JSON.parse(process.argv[2] as string) as WatchdogArgs;
const debts = new Debts();
const deadlines = new Map<number, number>();
const lease = new Lease(args.leaseMs, TICK_MS, performance.now());
let journal: JournalWriter | undefined;
let over = false;

const tell = (message: FromWatchdog): Promise<void> =>
	new Promise((resolve) => {
		if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
		else resolve();
	});

/** Healing goes on when the disk is full: a debt that is paid but not crossed off is only looked at once more. */
const note = (entry: Entry): void => {
	debts.apply(entry);
	try {
		journal?.append(entry, entry.kind === 'closed');
	} catch {}
};

/** Everything at once, and out. */
const heal = async (why: string): Promise<void> => {
	if (over) return;
	over = true;
	const { failures } = await settle(debts, args.run, new Set([process.pid, args.daruma.pid]));
	if (failures.length === 0) note({ kind: 'closed', by: 'watchdog', why });
	await Promise.race([tell({ kind: 'healed', why, failures }), new Promise((resolve) => setTimeout(resolve, 500))]);
	process.exit(failures.length === 0 ? 0 : 6);
};

const write = (seq: number, entry: Entry): void => {
	if (over) return;
	try {
		journal?.append(entry);
		debts.apply(entry);
		if (entry.kind === 'armed') {
			deadlines.set(entry.id, performance.now() + entry.withinMs);
			rememberMembers(entry.undo);
		}
		void tell({ kind: 'ack', seq });
	} catch (error) {
		void tell({ kind: 'ack', seq, error: (error as NodeJS.ErrnoException).code ?? (error as Error).message });
	}
};

/** Before a group is hurt, who is in it: so that it is known even when its leader is killed by somebody else. */
const rememberMembers = (undo: Undo): void => {
	if (!('pid' in undo)) return;
	const ward = [...debts.wards.values()].find((w) => w.pid === undo.pid && w.startTime === undo.startTime);
	if (!ward) return;
	for (const p of groupMembers(ward.pid)) {
		if (p.pid === ward.pid || ward.members.some((m) => m.pid === p.pid && m.startTime === p.startTime)) continue;
		note({ kind: 'member', ward: ward.ward, pid: p.pid, startTime: p.startTime });
	}
};

const expire = async (id: number): Promise<void> => {
	deadlines.delete(id);
	const undo = debts.armed.get(id);
	if (!undo) return;
	try {
		await carryOut(undo, args.run, 'pid' in undo ? [...debts.wards.values()].find((w) => w.pid === undo.pid)?.members : undefined);
		note({ kind: 'undone', id, by: 'watchdog' });
		await tell({ kind: 'expired', id });
	} catch (error) {
		// It stays armed, so it is tried again when everything is healed.
		await tell({ kind: 'expired', id, error: `${describe(undo)}: ${(error as Error).message}` });
	}
};

const look = (): void => {
	if (over) return;
	const now = performance.now();
	for (const [id, due] of deadlines) if (now >= due) void expire(id);
	if (!lease.missed(now)) return;
	// Heartbeats may lie unread in the channel: timers run before messages are read.
	setImmediate(() => setImmediate(() => lease.missed(performance.now()) && void heal(`daruma gave no sign of life for ${args.leaseMs} ms`)));
};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const) process.on(signal, () => {});
process.on('disconnect', () => void heal('daruma ended without saying so'));
process.on('uncaughtException', (error) => void heal(`the watchdog failed: ${error.message}`));
process.on('message', (message: ToWatchdog) => {
	lease.heard(performance.now());
	if (message.kind === 'beat') void tell({ kind: 'beat' });
	else if (message.kind === 'write') write(message.seq, message.entry);
	else if (message.kind === 'note') note(message.entry);
	else if (message.kind === 'renew') {
		if (deadlines.has(message.id)) deadlines.set(message.id, performance.now() + message.withinMs);
	} else if (!over) {
		over = true;
		note({ kind: 'closed', by: 'daruma', why: 'everything was undone and ended' });
		process.exit(0);
	}
});

journal = new JournalWriter(args.journal);
journal.append({
	kind: 'header',
	schema: 'daruma.journal/1',
	run: args.run,
	boot: bootId(),
	daruma: args.daruma,
	watchdog: ownIdentity(),
	at: new Date().toISOString(),
});
setInterval(look, TICK_MS);
if (process.connected) void tell({ kind: 'ready' });
else void heal('daruma ended without saying so');
