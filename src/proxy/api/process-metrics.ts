import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessMetric {
	name: string;
	type: 'gauge' | 'counter';
	help: string;
	value: number;
}

/** Of /proc/self; null where there is none. */
const seen = <T>(look: () => T): T | null => {
	try {
		return look();
	} catch {
		return null;
	}
};

/** What Prometheus' clients tell of a process, by their names; what this system does not tell is left out. Seconds, bytes. */
export const processMetrics = (): ProcessMetric[] => {
	const { user, system } = process.cpuUsage();
	const { rss } = process.memoryUsage();
	const limits = seen(() => /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]);
	const virtual = seen(() => /^VmSize:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]);
	const found: [name: string, type: ProcessMetric['type'], help: string, value: number | null][] = [
		['process_cpu_seconds_total', 'counter', 'Total user and system CPU time spent in seconds.', (user + system) / 1e6],
		['process_max_fds', 'gauge', 'Maximum number of open file descriptors.', limits ? Number(limits) : null],
		['process_open_fds', 'gauge', 'Number of open file descriptors.', seen(() => readdirSync('/proc/self/fd').length)],
		['process_resident_memory_bytes', 'gauge', 'Resident memory size in bytes.', rss],
		['process_start_time_seconds', 'gauge', 'Start time of the process since unix epoch in seconds.', performance.timeOrigin / 1000],
		['process_virtual_memory_bytes', 'gauge', 'Virtual memory size in bytes.', virtual ? Number(virtual) * 1024 : null],
	];
	return found.flatMap(([name, type, help, value]) => (value === null ? [] : [{ name, type, help, value }]));
};
