import type { ClusterNode } from '../../cluster/cluster.js';
import type { Clock } from '../../model/clock.js';
import type { StateEvent } from '../../model/event.js';
import { Heartbeat } from './heartbeat.js';

const EVERY_MS = 250;
const TIMEOUT_MS = 500;
const FALL = 2;
/** More of a health page is not worth reading. */
const MOST_BODY = 1024 * 1024;

/**
 * daruma's own opinion of each node of a run, from outside: a fresh connection and one request every 250 ms, down after
 * two failures, up after one answer of whatever status. For the reader of the timeline; no verdict rests on it.
 */
export const watchNodes = (
	nodes: readonly ClusterNode[],
	protocol: 'http' | 'grpc',
	path: string,
	clock: Clock,
	record: (event: StateEvent) => void,
): (() => void) => {
	const failures = new Map<string, number>();
	const states = new Map<string, StateEvent['state']>();
	const heartbeat = new Heartbeat(
		{
			clock,
			seed: 0,
			periodMs: EVERY_MS,
			timeoutMs: TIMEOUT_MS,
			fastMs: null,
			freshEvery: 1,
			// Requests with such an id count nowhere.
			probe: { keepBody: false, maxBody: MOST_BODY, headers: { 'x-daruma-id': 'probe-heartbeat' }, more: { connection: 'close' } },
		},
		{
			onSample({ name }, sample) {
				if (sample.reason === 'local') return;
				const failed = sample.status === undefined ? (failures.get(name) ?? 0) + 1 : 0;
				failures.set(name, failed);
				const state = failed === 0 ? 'up' : failed >= FALL ? 'down' : (states.get(name) ?? 'unknown');
				if (state === states.get(name)) return;
				states.set(name, state);
				record({ kind: 'state', t: clock.now(), endpoint: name, state, by: 'heartbeat', ...(failed === 0 ? {} : { detail: sample.reason ?? 'failed' }) });
			},
		},
	);
	void heartbeat.add(...nodes.map(({ name, host, port }) => ({ name, host, port, protocol, path: protocol === 'http' ? path : '', weight: 1 })));
	return () => heartbeat.stop();
};
