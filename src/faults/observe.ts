import type { ClusterNode } from '../cluster/cluster.js';
import type { Clock } from '../model/clock.js';
import { askGrpc } from '../probes/ask-grpc.js';
import { askHttp, type ProbeAnswer } from '../probes/ask-http.js';
import { askTcp } from '../probes/ask-tcp.js';
import type { Evidence, FaultContext, Wanted } from './act.js';

const pause = (clock: Clock, ms: number): Promise<void> => new Promise((resolve) => void clock.at(clock.now() + ms, resolve));

/** Looks again and again until `look` returns a sentence; rejects with `otherwise` after `withinMs`, or when it is not `wanted` any more. */
export const until = async (
	clock: Clock,
	withinMs: number,
	look: () => Promise<string | null> | string | null,
	otherwise: () => string,
	wanted?: Wanted,
): Promise<{ seenMs: number; detail: string }> => {
	const limit = clock.now() + withinMs;
	for (;;) {
		const detail = await look();
		if (detail !== null) return { seenMs: clock.now(), detail };
		if (clock.now() >= limit || wanted?.() === false) throw new Error(otherwise());
		await pause(clock, 5);
	}
};

let ordinal = 0;
/** daruma's own requests are told apart by their id, so that they count nowhere. */
export const probeHeaders = (): Record<string, string> => ({ 'x-daruma-id': `probe-${++ordinal}` });

/** One look at a node from outside, as a client would: a fresh connection, one request. */
export const ask = (
	{ node, probePath, probeProtocol }: Pick<FaultContext, 'node' | 'probePath' | 'probeProtocol'>,
	timeoutMs: number,
): Promise<ProbeAnswer> => {
	const options = { timeoutMs, headers: probeHeaders() };
	return probeProtocol === 'grpc' ? askGrpc(node, '', options) : askHttp(node, probePath, options);
};

/** Its port refuses connections. */
export const refuses = async (node: ClusterNode): Promise<boolean> => {
	const answer = await askTcp(node, { timeoutMs: 200 });
	return !answer.ok && answer.reason === 'ECONNREFUSED';
};

/** The node answers a request through its own port: what `healed` means for every fault. */
export const answersAgain = async (context: FaultContext, withinMs: number): Promise<Evidence> => {
	const { node, clock } = context;
	const since = clock.now();
	const { seenMs, detail } = await until(
		clock,
		withinMs,
		async () => {
			const answer = await ask(context, 1000);
			return answer.status !== undefined ? `answered ${answer.status} in ${answer.ms.toFixed(1)} ms` : null;
		},
		() => `${node.name} did not answer within ${withinMs} ms after the heal`,
	);
	return { t: since, seenMs, by: 'probe', detail };
};
