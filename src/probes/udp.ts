import { parseDuration } from '../model/duration.js';
import { usageError } from '../model/errors.js';
import { exchange } from './datagram.js';
import type { Probe, ProbeOptions } from './probe.js';
import { failure, simple } from './simple.js';
import { bytesOf, patternOf } from './tcp.js';

/** A refusal (ICMP port unreachable) takes one round trip. */
const USUAL_WAIT_MS = 250;

const waitOf = ({ more = {} }: ProbeOptions): number => {
	if (more.wait === undefined) return USUAL_WAIT_MS;
	const ms = parseDuration(more.wait);
	if (ms === undefined || ms <= 0) throw usageError('E_FLAG', `wait: expected a time such as 100ms, found ${JSON.stringify(more.wait)}`);
	return ms;
};

/**
 * Sends one datagram (`more.send`: text with escapes or hex:…; empty if there is none). With `more.expect` (text, hex:…,
 * /regex/; empty: any answer) the first that comes back must hold it. Without, silence for `more.wait` (250 ms) is good:
 * nobody refused, and nothing more can be known.
 */
export const udp: Probe = {
	open(target, options, report) {
		const { more = {} } = options;
		const payload = more.send === undefined ? Buffer.alloc(0) : bytesOf('send', more.send);
		if (payload.length > 65_507) throw usageError('E_FLAG', `send: expected at most 65507 bytes for one datagram, found ${payload.length}`);
		const expect = more.expect === undefined ? null : patternOf(more.expect);
		const waitMs = waitOf(options);
		const probe = simple(async (_, { clock, keepBody, maxBody }, question) => {
			const found = await exchange(target, clock, question, payload, expect ? null : waitMs);
			const { answer, ...facts } = found;
			if (!answer) return { verdict: 'ok', detail: `sent, and not refused within ${waitMs} ms: an answer was not expected`, ...facts };
			const body = keepBody ? { body: new Uint8Array(answer.subarray(0, maxBody)) } : {};
			if (answer.length > maxBody) return { ...failure('too-large', `a datagram over ${maxBody} bytes`), ...facts, ...body };
			const good = !expect || (expect instanceof RegExp ? expect.test(answer.toString('latin1')) : answer.includes(expect));
			if (!good) return { ...failure('expectation', `it answered ${JSON.stringify(answer.toString('latin1', 0, 100))}`), ...facts, ...body };
			return { verdict: 'ok', ...facts, ...body };
		});
		return probe.open(target, options, report);
	},
};
