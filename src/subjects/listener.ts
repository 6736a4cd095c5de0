import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { listProcesses, readProcess } from '../platform/process-identity.js';

/** The sockets that listen on a TCP port of this machine, as fields of proc_pid_net(5), state 0A. */
const listeners = (port: number): string[][] => {
	const hex = port.toString(16).toUpperCase().padStart(4, '0');
	const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => {
		try {
			return readFileSync(file, 'latin1').split('\n').slice(1);
		} catch {
			return [];
		}
	});
	return rows.map((row) => row.trim().split(/\s+/)).filter((f) => f[3] === '0A' && f[1]?.endsWith(`:${hex}`));
};

/**
 * Does a connection wait in the accept queue of this port? Until the program takes it, an open port only says that the
 * program has come as far as listen(2), and it may still fail at its next port. False where it cannot be seen.
 */
export const unaccepted = (port: number): boolean => listeners(port).some((f) => Number.parseInt(f[4]?.split(':')[1] ?? '0', 16) > 0);

const holds = (pid: number, inodes: ReadonlySet<string>): boolean => {
	try {
		return readdirSync(`/proc/${pid}/fd`).some((fd) => {
			try {
				return inodes.has(/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? '');
			} catch {
				return false;
			}
		});
	} catch {
		return false;
	}
};

const marked = (pid: number, run: string): boolean => {
	try {
		return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`DARUMA_RUN=${run}`);
	} catch {
		return false;
	}
};

/**
 * The pid of a process outside our group (and not marked with our run) that listens on `port`, when nobody of ours does:
 * then whoever answered the ready check was not the subject. Null when ours listens, or when it cannot be seen.
 */
export const foreignListener = (port: number, group: number, run: string): number | null => {
	const inodes = new Set(listeners(port).map((f) => f[9] as string));
	if (inodes.size === 0) return null;
	const everyone = listProcesses();
	if (everyone.some((p) => p.pgrp === group && holds(p.pid, inodes))) return null;
	const other = everyone.find((p) => p.pgrp !== group && holds(p.pid, inodes));
	return other === undefined || marked(other.pid, run) || readProcess(other.pid) === undefined ? null : other.pid;
};
