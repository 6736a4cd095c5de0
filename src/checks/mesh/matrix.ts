import type { State } from '../../detectors/detector.js';
import { makeCohort } from '../../detectors/index.js';
import type { View, Views } from '../../model/views.js';
import type { Field, MeshEndpoint, VantagePoint } from './result.js';

/** What came of asking one vantage point. */
export interface Collected {
	url: string;
	/** `host:port` that was asked. */
	address: string;
	/** What the user calls it; null: what it calls itself. */
	name: string | null;
	views: Views | null;
	/** Why there are none. */
	why: string;
	latencyMs: number | null;
}

export interface Matrix {
	vantages: VantagePoint[];
	endpoints: string[];
	/** By vantage point, then by endpoint. */
	fields: Map<string, Map<string, Field>>;
	/** Names that more than one vantage point goes by. */
	twice: string[];
}

/** We look, too: whoever tells us its own views is alive. */
export const HERE = 'here';

export const byName = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

const fieldOf = (vantage: string, { endpoint, state, sinceMs, latencyMs, heardMs }: View, staleMs: number): Field => {
	const stale = heardMs !== undefined && heardMs > staleMs;
	return { vantage, endpoint, state: stale ? 'unknown' : state, sinceMs: stale ? null : sinceMs, latencyMs };
};

/** Views → who sees whom. A view that was not renewed for `staleMs` says nothing. */
export const matrixOf = (collected: readonly Collected[], staleMs: number): Matrix => {
	const names = new Set<string>();
	const addresses = new Map<string, string>();
	for (const { views } of collected) {
		if (views?.self !== undefined) names.add(views.self);
		for (const { endpoint, address } of views?.views ?? []) {
			names.add(endpoint);
			if (address !== undefined) addresses.set(address, endpoint);
		}
	}
	const fields = new Map<string, Map<string, Field>>();
	const vantages: VantagePoint[] = [];
	const here = new Map<string, Field>();
	const twice = new Set<string>();
	for (const { url, address, name, views, why, latencyMs } of collected) {
		const known = addresses.get(address) ?? null;
		const told = name ?? views?.self ?? views?.vantage ?? known ?? url;
		let vantage = told;
		if (fields.has(told)) {
			twice.add(told);
			vantage = `${told} (${url})`;
		}
		const at = names.has(told) && vantage === told ? told : null;
		vantages.push({ vantage, url, heard: views !== null, at, why: views === null ? why : null, latencyMs });
		fields.set(
			vantage,
			new Map((views?.views ?? []).filter(({ endpoint }) => endpoint !== at).map((view) => [view.endpoint, fieldOf(vantage, view, staleMs)])),
		);
		// What tells of itself has shown that it is there; an observer beside an endpoint has not.
		const itself = at !== null && (views ? views.self !== undefined : known === at);
		if (itself) here.set(at, { vantage: HERE, endpoint: at, state: views ? 'up' : 'down', sinceMs: null, latencyMs });
	}
	if (here.size > 0 && !fields.has(HERE)) fields.set(HERE, here);
	return { vantages, endpoints: [...names].sort(byName), fields, twice: [...twice] };
};

export const stateIn = ({ fields }: Matrix, vantage: string, endpoint: string): State => fields.get(vantage)?.get(endpoint)?.state ?? 'unknown';

/** A quorum of those that should see it decides on each endpoint: all vantage points but itself, and we where we do. */
export const decide = (matrix: Matrix): MeshEndpoint[] =>
	matrix.endpoints.map((endpoint) => {
		const eyes = [...matrix.fields].filter(([vantage, seen]) => vantage !== endpoint && (vantage !== HERE || seen.has(endpoint))).map(([vantage]) => vantage);
		const quorum = Math.floor(eyes.length / 2) + 1;
		const cohort = makeCohort({ kind: 'quorum', quorum: Math.max(1, quorum) });
		const [up, down]: [string[], string[]] = [[], []];
		for (const vantage of eyes) {
			const state = stateIn(matrix, vantage, endpoint);
			if (state === 'unknown') continue;
			(state === 'down' ? down : up).push(vantage);
			cohort.heard(vantage, { verdict: state === 'down' ? 'failed' : 'ok', sentMs: 0, endMs: 0 });
		}
		const { state, why } = cohort.whole(0);
		return { endpoint, state, why, quorum, of: eyes.length, up, down };
	});
