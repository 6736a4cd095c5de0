import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { listProcesses, readProcess } from '../platform/process-identity.js';

/** Inodes of the sockets that listen on a TCP port of this machine: proc_pid_net(5), state 0A. */
const listeningInodes = (port: number): Set<string> => {
	const hex = port.toString(16).toUpperCase().padStart(4, '0');
	const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => {
		try {
			return readFileSync(file, 'latin1').split('\n').slice(1);
		} catch {
			return [];
		}
	});
	const fields = rows.map((row) => row.trim().split(/\s+/)).filter((f) => f[3] === '0A' && f[1]?.endsWith(`:${hex}`));
	return new Set(fields.map((f) => f[9] as string));
};

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
	const inodes = listeningInodes(port);
	if (inodes.size === 0) return null;
	const everyone = listProcesses();
	if (everyone.some((p) => p.pgrp === group && holds(p.pid, inodes))) return null;
	const other = everyone.find((p) => p.pgrp !== group && holds(p.pid, inodes));
	return other === undefined || marked(other.pid, run) || readProcess(other.pid) === undefined ? null : other.pid;
};
