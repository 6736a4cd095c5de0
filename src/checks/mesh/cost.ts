import type { ViewCost } from '../../model/views.js';
import { type Cost, costOf } from '../compare/cost.js';
import type { Matrix } from './matrix.js';
import type { MeshCost } from './result.js';

/** What was counted between two looks at the same counters; since its start where there was one look, or it began anew. */
export const between = (before: ViewCost | undefined, after: ViewCost): ViewCost => {
	const grew = before && after.forMs > before.forMs && after.requests >= before.requests && after.bytesSent >= before.bytesSent;
	return grew && after.bytesReceived >= before.bytesReceived
		? {
				requests: after.requests - before.requests,
				bytesSent: after.bytesSent - before.bytesSent,
				bytesReceived: after.bytesReceived - before.bytesReceived,
				forMs: after.forMs - before.forMs,
			}
		: after;
};

/** Vantage points count over times of their own: their rates are added, and the window is the longest. */
const sum = (costs: readonly ViewCost[]): Cost | null => {
	if (costs.length === 0) return null;
	const total = (key: keyof ViewCost): number => costs.reduce((n, cost) => n + cost[key], 0);
	const rate = (key: keyof ViewCost): number | null =>
		costs.some(({ forMs }) => forMs > 0)
			? Number(costs.reduce((n, cost) => n + (cost.forMs > 0 ? (cost[key] * 1000) / cost.forMs : 0), 0).toPrecision(6))
			: null;
	return {
		...costOf({
			requests: total('requests'),
			bytesSent: total('bytesSent'),
			bytesReceived: total('bytesReceived'),
			windowMs: Math.max(...costs.map(({ forMs }) => forMs)),
		}),
		requestsPerS: rate('requests'),
		bytesSentPerS: rate('bytesSent'),
		bytesReceivedPerS: rate('bytesReceived'),
	};
};

/**
 * What the mesh costs, and what it would with twice the nodes. All at all makes n (n − 1) pairs: twice the nodes are
 * 2n (2n − 1) pairs, more than four times as many. Observers apart have twice as many to look at.
 */
export const meshCost = (matrix: Matrix, costs: readonly ViewCost[], collecting: Cost): MeshCost => {
	const heard = matrix.vantages.filter((each) => each.heard);
	// Of those that told: a silent one looks, too, but nobody knows at what price.
	const pairs = heard.reduce((n, { vantage }) => n + (matrix.fields.get(vantage)?.size ?? 0), 0);
	const nodes = matrix.endpoints.length;
	const square = nodes > 1 && heard.length > 1 && heard.every(({ at, vantage }) => at !== null && matrix.fields.get(vantage)?.size === nodes - 1);
	const twice = square ? 2 * nodes * (2 * nodes - 1) : 2 * pairs;
	// Each pair costs what those cost that were counted.
	const factor = pairs === 0 ? 0 : twice / pairs;
	const heartbeats = sum(costs);
	const scaled = (n: number | null | undefined): number | null => (n === null || n === undefined ? null : Number((n * factor).toPrecision(6)));
	return {
		heartbeats,
		toldBy: costs.length,
		heardOf: heard.length,
		pairs: square ? nodes * (nodes - 1) : pairs,
		nodes,
		growth: square ? 'square' : 'linear',
		atTwice: {
			pairs: twice,
			requestsPerS: scaled(heartbeats?.requestsPerS),
			bytesSentPerS: scaled(heartbeats?.bytesSentPerS),
			bytesReceivedPerS: scaled(heartbeats?.bytesReceivedPerS),
		},
		collecting,
	};
};
