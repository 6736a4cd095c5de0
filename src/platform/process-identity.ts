import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { environmentByPs, listByPs } from './process-ps.js';

/** Which process, beyond doubt: a pid alone may be somebody else's by tomorrow. */
export interface Identity {
	pid: number;
	/** Field 22 of /proc/pid/stat (clock ticks since boot); without /proc, what `ps -o lstart` says. Compare for equality only. */
	startTime: string;
}

export interface ProcessInfo extends Identity {
	comm: string;
	/** R S D T t Z X …, see proc_pid_stat(5). */
	state: string;
	ppid: number;
	pgrp: number;
	threads: number;
}

const PROC = existsSync('/proc/self/stat');

/** proc_pid_stat(5). The name stands in parentheses and may itself hold spaces and parentheses, so the last `)` ends it. */
export const parseStat = (text: string): ProcessInfo | undefined => {
	const open = text.indexOf('(');
	const close = text.lastIndexOf(')');
	if (open < 0 || close < open) return undefined;
	const field = text.slice(close + 2).split(' ');
	const startTime = field[19];
	if (startTime === undefined) return undefined;
	return {
		pid: Number.parseInt(text, 10),
		startTime,
		comm: text.slice(open + 1, close),
		state: field[0] as string,
		ppid: Number(field[1]),
		pgrp: Number(field[2]),
		threads: Number(field[17]),
	};
};

/** Undefined when there is no such process (or it went while we looked). Zombies are still there. */
export const readProcess = (pid: number): ProcessInfo | undefined => {
	if (!PROC) return listByPs(pid)[0];
	try {
		return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
	} catch {
		return undefined;
	}
};

export const listProcesses = (): ProcessInfo[] => {
	if (!PROC) return listByPs();
	return readdirSync('/proc')
		.filter((name) => /^\d+$/.test(name))
		.map((name) => readProcess(Number(name)))
		.filter((p) => p !== undefined);
};

/** A zombie runs nothing and holds nothing but its number, unless only its first thread has ended. */
export const isGone = (p: ProcessInfo | undefined): boolean => p === undefined || p.state === 'X' || (p.state === 'Z' && p.threads <= 1);

/** The same process as recorded, and not gone. */
export const isAlive = (identity: Identity): boolean => {
	const found = readProcess(identity.pid);
	return found?.startTime === identity.startTime && !isGone(found);
};

export const sameProcess = (a: Identity, b: Identity): boolean => a.pid === b.pid && a.startTime === b.startTime;

/** Who we are. */
export const ownIdentity = (): Identity => {
	const self = readProcess(process.pid);
	return { pid: process.pid, startTime: self?.startTime ?? '' };
};

/** The living processes of a group, frozen ones included. */
export const groupMembers = (pgrp: number): ProcessInfo[] => listProcesses().filter((p) => p.pgrp === pgrp && !isGone(p));

/** Was this process started with the variable `token` ('NAME=value') in its environment? False where we may not look, or where it has overwritten its own. */
export const hasEnvironment = (pid: number, token: string): boolean => {
	if (!PROC) return environmentByPs(pid).includes(token);
	try {
		return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(token);
	} catch {
		return false;
	}
};

/** The living processes with `token` in their environment: finds those that left their group by setsid. Those known to be older than `since` are not looked into. */
export const processesWith = (token: string, since?: Identity): ProcessInfo[] =>
	listProcesses().filter((p) => !isGone(p) && !(since && Number(p.startTime) < Number(since.startTime)) && hasEnvironment(p.pid, token));

/** The living children of `roots`, and theirs, and so on: finds those that left their group, while their parents live. */
export const descendants = (roots: readonly Identity[]): ProcessInfo[] => {
	const all = listProcesses();
	const known = new Set(roots.map((p) => p.pid));
	const found: ProcessInfo[] = [];
	for (let before = -1; before < found.length; ) {
		before = found.length;
		for (const p of all) {
			if (known.has(p.pid) || !known.has(p.ppid)) continue;
			known.add(p.pid);
			found.push(p);
		}
	}
	return found.filter((p) => !isGone(p));
};

/** This process and those it descends from: whoever sweeps must not end the shell it was started from. */
export const ownLineage = (): Set<number> => {
	const line = new Set<number>();
	for (let pid = process.pid; pid > 0 && !line.has(pid); pid = readProcess(pid)?.ppid ?? 0) line.add(pid);
	return line;
};

/** Pids mean nothing after a reboot. Empty where the system does not say. */
export const bootId = (): string => {
	try {
		return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
	} catch {
		return '';
	}
};
