import { resolve as resolvePath } from 'node:path';
import { setPointer } from '../../model/json-pointer.js';
import type { Correlation, MixEntry, Plan, TrafficCommand } from '../../model/plan.js';
import { variablesOf } from '../../workload/secrets.js';
import * as defaults from '../defaults.js';
import { quote, type Reader } from '../reader.js';
import type { File } from '../schema/index.js';
import { resolveGrpcCall } from './grpc-call.js';

type Given = NonNullable<File['traffic']>;
const OURS_ALONE = ['rate', 'pacing', 'timeout', 'connections', 'clients', 'mix'] as const;
const COMMANDS = ['env', 'cwd', 'finish'] as const;

/** `mix`: what is sent where the file says nothing. */
export const resolveTraffic = (given: File['traffic'], reader: Reader, folder: string, mix: MixEntry[]): Plan['traffic'] => {
	const made = defaults.traffic();
	const where = given?.correlate ? { correlate: given.correlate } : {};
	if (given?.command) return { ...made, ...where, command: resolveCommand(given, reader, folder) };
	for (const key of COMMANDS) if (given?.[key] !== undefined) throw reader.wrongKey(given, key, 'this key only beside command', `the key ${key}`);
	const { stages, rate } = resolveRate(given, reader);
	return {
		rate,
		...(stages && { stages }),
		pacing: given?.pacing ?? made.pacing,
		timeoutMs: given?.timeout ?? made.timeoutMs,
		connections: given?.connections ?? made.connections,
		...(given?.clients !== undefined && { clients: given.clients }),
		...where,
		mix: given?.mix?.map((entry): MixEntry => resolveEntry(entry, given.correlate, reader)) ?? mix,
	};
};

const resolveCommand = (given: Given, reader: Reader, folder: string): TrafficCommand => {
	for (const key of OURS_ALONE)
		if (given[key] !== undefined) throw reader.wrongKey(given, key, 'no such key beside command, which brings its own traffic', `the key ${key}`);
	return {
		argv: given.command as string[],
		env: given.env ?? {},
		cwd: resolvePath(folder, given.cwd ?? '.'),
		finishMs: given.finish ?? defaults.FINISH_MS,
	};
};

const resolveRate = (given: File['traffic'], reader: Reader): Pick<Plan['traffic'], 'rate' | 'stages'> => {
	const rate = given?.rate ?? defaults.traffic().rate;
	if (typeof rate === 'number') return { rate };
	const stages = rate.map(({ for: forMs, rate: { from, to } }) => ({ forMs, from, to }));
	if (stages.at(-1)!.to === 0) throw reader.wrongKey(rate.at(-1)!, 'rate', 'a last rate above 0, since it goes on until traffic ends', 'one that ends at 0');
	return { rate: Math.max(...stages.flatMap(({ from, to }) => [from, to])), stages };
};

type Entry = NonNullable<Given['mix']>[number];

const resolveEntry = (entry: Entry, correlate: Correlation | undefined, reader: Reader): MixEntry => {
	const { ok, grpc, bodyBase64, ...rest } = entry;
	if (grpc === undefined && bodyBase64 !== undefined) throw reader.wrongKey(entry, 'bodyBase64', 'a body as text, for this is no gRPC call', quote(bodyBase64));
	if (grpc === undefined && ok && !('http' in ok)) throw reader.wrongKey(entry, 'ok', "a condition on the status, such as 'status < 500'", 'codes of gRPC');
	if (grpc === undefined && entry.body !== undefined && (entry.method === 'TRACE' || entry.method === 'HEAD')) {
		throw reader.wrongKey(entry, 'body', `no body with ${entry.method}`, quote(entry.body));
	}
	for (const [name, value] of Object.entries(entry.headers ?? {})) {
		wantVariables(value, entry.headers as object, name, reader);
		const taken = correlate?.kind === 'header' ? correlate.name : correlate?.kind === 'trace' ? 'traceparent' : undefined;
		if (name.toLowerCase() === taken) throw reader.wrongKey(entry.headers as object, name, 'no header that correlate sets', quote(name));
	}
	if (entry.body !== undefined) wantVariables(entry.body, entry, 'body', reader);
	if (grpc !== undefined) return resolveGrpcCall(entry, grpc, reader);
	// `${NAME}` may stand for a number: with 0 in its place JSON stays JSON, inside quotes and out.
	if (correlate?.kind === 'body' && entry.body !== undefined && setPointer(entry.body.replace(/\$\{\w+\}/g, '0'), correlate.pointer, 'r1') === undefined) {
		throw reader.wrongKey(entry, 'body', `JSON with a place for ${correlate.pointer} (correlate)`, quote(entry.body));
	}
	return { ...defaults.mixEntry(entry.method, entry.path), ...rest, ...(ok && 'http' in ok && { ok: ok.http }) };
};

/** Variables are looked up now only to know that they are there; the plan keeps their names. */
const wantVariables = (text: string, holder: object, key: string, reader: Reader): void => {
	for (const name of variablesOf(text)) {
		const value = process.env[name];
		if (value === undefined)
			throw reader.wrongKey(holder, key, `the environment variable ${name}`, 'none of this name', `set it, or write $\${${name}} for the text itself`);
		if (key !== 'body' && /[\r\n\0]/.test(value)) throw reader.wrongKey(holder, key, `a value of ${name} without line breaks`, 'one with a line break');
	}
};
