import { setTimeout as pause } from 'node:timers/promises';
import {
	descendants,
	groupMembers,
	hasEnvironment,
	type Identity,
	isAlive,
	type ProcessInfo,
	processesWith,
	readProcess,
	sameProcess,
} from '../platform/process-identity.js';

/** How a ward's processes are known: its leader, what marks its environment, and members seen inside. */
export interface Group extends Identity {
	token: string;
	members: readonly Identity[];
}

/** What marks every process of a run, and of one ward of it, in its environment. */
export const runToken = (run: string): string => `DARUMA_RUN=${run}`;

/**
 * The living processes of the group, or none if the group of that number is not ours. The kernel gives a number to
 * nobody else while a group still uses it; so with the leader gone, one known member proves the whole group.
 */
export const living = (group: Group): ProcessInfo[] => {
	// 0, 1 and below address everybody: kill(2).
	if (!Number.isInteger(group.pid) || group.pid <= 1) return [];
	const leader = readProcess(group.pid);
	if (leader && leader.startTime !== group.startTime) return [];
	const found = groupMembers(group.pid);
	if (leader) return found;
	const proven = found.some((p) => group.members.some((m) => sameProcess(m, p)) || hasEnvironment(p.pid, group.token));
	return proven ? found : [];
};

/** Signals the whole group at once, if it is ours and there; says whether it was. */
export const signalGroup = (group: Group, signal: NodeJS.Signals): boolean => {
	if (living(group).length === 0) return false;
	try {
		process.kill(-group.pid, signal);
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
		throw error;
	}
};

const POLL_MS = 10;

/** Waits until `done`, looking every 10 ms; false after `withinMs`. */
export const eventually = async (withinMs: number, done: () => boolean): Promise<boolean> => {
	const limit = performance.now() + withinMs;
	for (;;) {
		if (done()) return true;
		if (performance.now() >= limit) return false;
		await pause(POLL_MS);
	}
};

const name = (processes: readonly ProcessInfo[]): string => processes.map((p) => `${p.comm} (pid ${p.pid}, state ${p.state})`).join(', ');

/** The group, and those whom its processes started and who left it: no signal to the group reaches these, and once their parents are gone only their environment tells. */
export const family = (group: Group): ProcessInfo[] => {
	const members = living(group);
	return members.length === 0 ? [] : [...members, ...descendants(members)];
};

/** SIGKILL to the group, to `known` and to whoever is seen to belong to it, until none is left; throws naming who is left after `withinMs`. */
export const killGroup = async (group: Group, known: readonly Identity[] = [], withinMs = 5000): Promise<void> => {
	const seen = [...known];
	const gone = await eventually(withinMs, () => {
		seen.push(...family(group).filter((p) => !seen.some((s) => sameProcess(s, p))));
		const there = kill(() => signalGroup(group, 'SIGKILL'));
		return seen.map(killOne).every((alive) => !alive) && !there;
	});
	if (!gone) throw new Error(`still there after SIGKILL: ${name(seen.filter(isAlive).map((p) => readProcess(p.pid) as ProcessInfo))}`);
};

/** SIGCONT to the group until none of it is stopped; throws after `withinMs`. */
export const continueGroup = async (group: Group, withinMs = 2000): Promise<void> => {
	const stopped = (): ProcessInfo[] => living(group).filter((p) => p.state === 'T');
	kill(() => signalGroup(group, 'SIGCONT'));
	const running = await eventually(withinMs, () => stopped().length === 0 || !kill(() => signalGroup(group, 'SIGCONT')));
	if (!running) throw new Error(`still stopped after SIGCONT: ${name(stopped())}`);
};

/** SIGKILL to every living process with `token` in its environment, wherever it hid, until two looks in a row find none. Gives how many were found. */
export const sweep = async (token: string, spare: ReadonlySet<number>, since?: Identity): Promise<number> => {
	const met = new Set<string>();
	let quiet = 0;
	const gone = await eventually(5000, () => {
		const found = sweepOnce(token, spare, since);
		for (const p of found) met.add(`${p.pid} ${p.startTime}`);
		quiet = found.length === 0 ? quiet + 1 : 0;
		return quiet >= 2;
	});
	if (!gone) throw new Error(`still there after SIGKILL: ${name(processesWith(token).filter((p) => !spare.has(p.pid)))}`);
	return met.size;
};

/** One look and one SIGKILL each; gives whom it met. */
export const sweepOnce = (token: string, spare: ReadonlySet<number>, since?: Identity): ProcessInfo[] => {
	const found = processesWith(token, since).filter((p) => !spare.has(p.pid));
	found.forEach(killOne);
	return found;
};

/** False when it was gone already. */
export const killOne = (who: Identity): boolean => kill(() => who.pid > 1 && isAlive(who) && process.kill(who.pid, 'SIGKILL'));

/** Who may not be signalled (EPERM) is still there: the verification after it says so. */
const kill = (attempt: () => boolean): boolean => {
	try {
		return attempt();
	} catch {
		return true;
	}
};
