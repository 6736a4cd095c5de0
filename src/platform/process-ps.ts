import { execFileSync } from 'node:child_process';
import type { ProcessInfo } from './process-identity.js';

/** Without /proc (macOS, BSD): the same facts from ps, at the price of a process each, and with start times to the second only. */
const ps = (args: string[]): string => {
	try {
		return execFileSync('ps', args, { encoding: 'utf8', env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }, stdio: ['ignore', 'pipe', 'ignore'] });
	} catch {
		return '';
	}
};

const LINE = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S)\S*\s+(\w{3}\s+\w{3}\s+\d+\s+[\d:]+\s+\d{4})\s+(.*)$/;

/** Lines of `ps -o pid=,ppid=,pgid=,state=,lstart=,comm=`. */
export const parsePs = (text: string): ProcessInfo[] =>
	text.split('\n').flatMap((line) => {
		const found = LINE.exec(line);
		if (!found) return [];
		const [, pid, ppid, pgrp, state, started, comm] = found as unknown as string[];
		return [
			{
				pid: Number(pid),
				startTime: (started as string).replace(/\s+/g, ' '),
				comm: comm as string,
				state: state as string,
				ppid: Number(ppid),
				pgrp: Number(pgrp),
				threads: 1,
			},
		];
	});

const COLUMNS = 'pid=,ppid=,pgid=,state=,lstart=,comm=';
export const listByPs = (pid?: number): ProcessInfo[] => parsePs(ps(pid === undefined ? ['-axo', COLUMNS] : ['-o', COLUMNS, '-p', String(pid)]));

/** The words of the command line and environment, which BSD's ps prints after one another. */
export const environmentByPs = (pid: number): string[] => ps(['-E', '-ww', '-o', 'command=', '-p', String(pid)]).split(/\s+/);
