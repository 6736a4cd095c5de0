import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Clock } from '../model/clock.js';
import { type Endpoint, hostPort } from '../model/endpoint.js';
import { stageError } from '../model/errors.js';
import type { ReadySpec } from '../model/plan.js';
import { grpcCodeName } from '../wire/grpc.js';
import { askGrpc } from './ask-grpc.js';
import { askHttp } from './ask-http.js';
import { askTcp } from './ask-tcp.js';

const EVERY_MS = 20;
const TRY_MS = 1000;
/** A log is read from where it began, at most this much of its end. */
const LOG_BYTES = 256 * 1024;

/** What the file holds from byte `from` on (its last 256 KiB); '' if it cannot be read. */
export const readLog = (file: string, from = 0): string => {
	try {
		const fd = openSync(file, 'r');
		try {
			const { size } = fstatSync(fd);
			const start = Math.max(from, size - LOG_BYTES);
			const buffer = Buffer.alloc(Math.max(0, size - start));
			return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, start));
		} finally {
			closeSync(fd);
		}
	} catch {
		return '';
	}
};

/** The last lines of a log, indented, for an error message; a sentence if there are none. */
export const lastLines = (file: string, from = 0, lines = 8): string => {
	const tail = readLog(file, from).trimEnd().split('\n').slice(-lines);
	return tail.join('') === '' ? 'its log is empty' : `the last lines of its log:\n${tail.map((line) => `    ${line.slice(0, 300)}`).join('\n')}`;
};

const describe = (check: ReadySpec['check']): string =>
	check.kind === 'grpc'
		? `a gRPC health check said SERVING${check.service === '' ? '' : ` of ${check.service}`}`
		: check.kind === 'http'
			? `GET ${check.path} answered below 400`
			: check.kind === 'tcp'
				? 'it accepted a connection'
				: `its log matched /${check.pattern}/`;

/**
 * Resolves at the first good answer of the check: HTTP is good below status 400, TCP when a connection is accepted, a
 * log line when the pattern matches what was written after byte `logFrom`. Throws E_NOT_READY (exit 4) with the last
 * lines of the log after `withinMs`, or at once with the signal's reason when it is aborted.
 */
export const waitReady = async (spec: ReadySpec, endpoint: Endpoint, logFile: string, clock: Clock, signal?: AbortSignal, logFrom = 0): Promise<void> => {
	const limit = clock.now() + spec.withinMs;
	let last = '';
	for (let n = 1; ; n++) {
		signal?.throwIfAborted();
		const timeoutMs = Math.max(1, Math.min(TRY_MS, limit - clock.now()));
		const outcome = await look(spec.check, endpoint, logFile, logFrom, timeoutMs, n);
		signal?.throwIfAborted();
		if (outcome === null) return;
		last = outcome;
		if (clock.now() >= limit) break;
		await new Promise<void>((resolve) => void clock.at(clock.now() + EVERY_MS, resolve));
	}
	throw stageError(
		'E_NOT_READY',
		`${endpoint.name} (${hostPort(endpoint)}) was not ready within ${spec.withinMs} ms: expected that ${describe(spec.check)}; last: ${last}; ${lastLines(logFile, logFrom)}`,
		'does it listen on the port it is given ({port}, DARUMA_LISTEN)? a longer time: ready.within',
	);
};

/** Null: ready. Otherwise what was found. */
const look = async (check: ReadySpec['check'], endpoint: Endpoint, logFile: string, logFrom: number, timeoutMs: number, n: number): Promise<string | null> => {
	if (check.kind === 'log') return new RegExp(check.pattern, 'm').test(readLog(logFile, logFrom)) ? null : 'no such line yet';
	const answer =
		check.kind === 'tcp'
			? await askTcp(endpoint, { timeoutMs })
			: check.kind === 'grpc'
				? await askGrpc(endpoint, check.service, { timeoutMs, headers: { 'x-daruma-id': `probe-ready-${n}` } })
				: await askHttp(endpoint, check.path, { timeoutMs, headers: { 'x-daruma-id': `probe-ready-${n}` } });
	return answer.ok ? null : (answer.reason ?? (answer.grpcStatus === undefined ? `status ${answer.status}` : grpcCodeName(answer.grpcStatus)));
};
