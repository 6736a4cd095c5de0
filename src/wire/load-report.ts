/** What an endpoint pushes of itself. */
export interface PushedReport {
	state: 'up' | 'warning' | 'down' | 'drain' | 'maint';
	/** In percent of what it can take: 100 is full, more is possible. */
	load?: number;
	/** The report is good for so long. */
	ttlMs?: number;
	/** Why it is not well, for people; one line. */
	why?: string;
	/** Of an ORCA report: requests and errors per second, utilizations (ratios), named metrics. */
	metrics: Record<string, number>;
}

const STATES = ['up', 'warning', 'down', 'drain', 'maint'] as const;
const WORDS: Readonly<Record<string, PushedReport['state']>> = {
	ok: 'up',
	pass: 'up',
	healthy: 'up',
	warn: 'warning',
	degraded: 'warning',
	fail: 'down',
	failed: 'down',
	failing: 'down',
	unhealthy: 'down',
	stopped: 'down',
};
const LONGEST_TTL_MS = 24 * 3_600_000;
const MOST_METRICS = 64;
const LONGEST_TEXT = 200;

/** The numbers of xds.data.orca.v3.OrcaLoadReport, by their names in the message and in its JSON. */
const NUMBERS = ['cpu_utilization', 'mem_utilization', 'application_utilization', 'rps_fractional', 'eps'] as const;
const MAPS = ['utilization', 'named_metrics', 'request_cost'] as const;
const camel = (name: string): string => name.replace(/_(\w)/g, (_, c: string) => c.toUpperCase());

const isObject = (data: unknown): data is Record<string, unknown> => typeof data === 'object' && data !== null && !Array.isArray(data);
const found = (value: unknown): string => JSON.stringify(value)?.slice(0, 60) ?? 'nothing';

/** What is wrong with a report, in a sentence. */
class Wrong extends Error {}

const numberOf = (name: string, value: unknown): number | undefined => {
	if (value === undefined || value === null) return undefined;
	if (typeof value !== 'number' || !Number.isFinite(value) || value < 0 || value > 1e12)
		throw new Wrong(`${name}: expected a number from 0 on, found ${found(value)}`);
	return value;
};

const textOf = (name: string, value: unknown): string | undefined => {
	if (value === undefined || value === null) return undefined;
	if (typeof value !== 'string') throw new Wrong(`${name}: expected a text, found ${found(value)}`);
	return value.slice(0, LONGEST_TEXT).replace(/\s+/g, ' ').trim() || undefined;
};

const stateOf = (value: unknown): PushedReport['state'] => {
	if (value === undefined || value === null) return 'up';
	const word = typeof value === 'string' ? value.toLowerCase() : '';
	const state = (STATES as readonly string[]).includes(word) ? (word as PushedReport['state']) : Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
	if (!state) throw new Wrong(`state: expected one of ${STATES.join(', ')}, found ${found(value)}`);
	return state;
};

/**
 * The JSON of a pushed report: `{state?, load?, ttlMs?, reason?, message?}` and the fields of an ORCA load report
 * (xds.data.orca.v3, in either spelling: cpu_utilization or cpuUtilization). Without `load`, it is the application's
 * utilization, or else the CPU's, times 100 (gRPC proposals A58, A64 prefer them in that order). Unknown keys are left
 * alone: reports come from programs that know more than we ask for. A string: what is wrong with it.
 */
export const parseLoadReport = (text: string): PushedReport | string => {
	let data: unknown;
	try {
		data = text.trim() === '' ? {} : JSON.parse(text);
	} catch {
		return 'expected JSON';
	}
	if (!isObject(data)) return `expected a JSON object, found ${found(data)}`;
	try {
		return reportOf(data);
	} catch (error) {
		if (error instanceof Wrong) return error.message;
		throw error;
	}
};

const reportOf = (data: Record<string, unknown>): PushedReport => {
	const metrics: Record<string, number> = {};
	const put = (name: string, value: unknown): void => {
		const number = numberOf(name, value);
		if (number === undefined) return;
		if (Object.keys(metrics).length >= MOST_METRICS) throw new Wrong(`expected at most ${MOST_METRICS} metrics`);
		metrics[name.slice(0, LONGEST_TEXT)] = number;
	};
	const read = (name: string): unknown => (Object.hasOwn(data, name) ? data[name] : Object.hasOwn(data, camel(name)) ? data[camel(name)] : undefined);
	for (const name of NUMBERS) put(name, read(name));
	for (const name of MAPS) {
		const map = read(name);
		if (map === undefined || map === null) continue;
		if (!isObject(map)) throw new Wrong(`${name}: expected an object of numbers, found ${found(map)}`);
		for (const [key, value] of Object.entries(map)) put(`${name}.${key}`, value);
	}
	const used = metrics.application_utilization || metrics.cpu_utilization;
	const load = numberOf('load', data.load) ?? (used === undefined ? undefined : used * 100);
	const ttlMs = numberOf('ttlMs', data.ttlMs);
	if (ttlMs !== undefined && (ttlMs < 1 || ttlMs > LONGEST_TTL_MS)) throw new Wrong(`ttlMs: expected 1 to ${LONGEST_TTL_MS}, found ${ttlMs}`);
	const why = [textOf('reason', data.reason), textOf('message', data.message)].filter((part) => part !== undefined).join(': ');
	return {
		state: stateOf(data.state),
		metrics,
		...(load !== undefined && { load }),
		...(ttlMs !== undefined && { ttlMs }),
		...(why !== '' && { why }),
	};
};
