import { parseDuration } from '../model/duration.js';
import { CHOOSER_NAMES, type ChooserName } from '../model/plan.js';
import type { Disturbance, Scene } from '../simulator/scene.js';
import type { Service } from '../simulator/service.js';
import * as defaults from './defaults.js';
import { duration, flag, integer, rate, share } from './scalars.js';
import { type JsonSchema, list, object, optional, type ReadOf, type Shape, scalar, word } from './shape.js';

const SPAN = '@(\\S+?)\\.\\.(\\S*)';
const DURATION = '\\d+(?:\\.\\d+)?\\s*(?:us|ms|s|min|m|h)';

/** `n1@10s..20s`, `n1=2s@15s..45s`; without the second time it lasts to the end. */
const mishap = (kind: Disturbance['kind']): Shape<Disturbance> => {
	const valued = kind === 'slow';
	const expected = valued ? 'a node, its service time and when, such as n1=2s@15s..45s' : 'a node and when, such as n2@10s..20s (or n2@10s..)';
	const pattern = new RegExp(`^(n[1-9]\\d*)${valued ? '=(\\S+?)' : '()'}${SPAN}$`);
	const schema = { type: 'string', pattern: `^n[1-9]\\d*${valued ? `=${DURATION}` : ''}@${DURATION}\\.\\.(${DURATION})?$` };
	return scalar(expected, schema, (value) => {
		const found = typeof value === 'string' ? pattern.exec(value.trim()) : null;
		if (!found) return undefined;
		const [, node, service, from, to] = found as unknown as [string, string, string, string, string];
		const fromMs = parseDuration(from);
		const toMs = to === '' ? Number.POSITIVE_INFINITY : parseDuration(to);
		const serviceMs = valued ? parseDuration(service) : 0;
		if (fromMs === undefined || toMs === undefined || serviceMs === undefined) return undefined;
		if (toMs <= fromMs) return { expected: `${expected}, the end after the beginning` };
		return { value: kind === 'slow' ? { kind, node, serviceMs, fromMs, toMs } : { kind, node, fromMs, toMs } };
	});
};

const weight: Shape<{ node: string; weight: number }> = scalar(
	'a node and its weight, such as n1=3',
	{ type: 'string', pattern: '^n[1-9]\\d*=\\d+(\\.\\d+)?$' },
	(value) => {
		const found = typeof value === 'string' ? /^(n[1-9]\d*)=(\d+(?:\.\d+)?)$/.exec(value.trim()) : null;
		return found && Number(found[2]) > 0 ? { value: { node: found[1] as string, weight: Number(found[2]) } } : undefined;
	},
);

/** What a scene file may say; the flags of `simulate` have the same names. */
export const SCENE_FIELDS = {
	replicas: optional(integer(1, 1000), 'how many nodes, n1 …'),
	service: optional(duration(0), 'how long a request is worked on, on average'),
	sd: optional(duration(0), 'its standard deviation'),
	distribution: optional(word(['constant', 'normal', 'lognormal', 'exponential']), 'of the service time'),
	servers: optional(integer(1, 1_000_000), 'requests that a node serves at once, the others queue; all if absent'),
	rate: optional(rate, 'requests a second, open loop'),
	pacing: optional(word(['constant', 'poisson']), 'how they are spaced'),
	duration: optional(duration(1), 'of the traffic'),
	warmUp: optional(duration(0), 'of it, at its beginning, counts for nothing'),
	timeout: optional(duration(1), 'when a client gives up'),
	within: optional(duration(1), 'a later answer is no success; the timeout if absent'),
	clients: optional(integer(1, 10_000), 'balancers that know nothing of each other'),
	keys: optional(integer(1, 1_000_000), 'users behind the requests, for keyed policies'),
	net: optional(duration(0), 'one way between client and node'),
	slow: optional(list(mishap('slow'), 0, 'slow nodes'), 'nodes that take longer for a while'),
	dead: optional(list(mishap('dead'), 0, 'dead nodes'), 'nodes that refuse for a while'),
	frozen: optional(list(mishap('frozen'), 0, 'frozen nodes'), 'nodes that answer nothing for a while'),
	weights: optional(list(weight, 0, 'weights'), 'by node, 1 unless said'),
	failing: optional(share, 'of requests that every node answers badly'),
	ejection: optional(flag, 'clients eject failing nodes, by the defaults of daruma.yaml'),
	seed: optional(integer(0, 0xffff_ffff), 'of every random decision'),
	runs: optional(integer(1, 100), 'seeds, one after the other; figures are their medians'),
	policy: optional(list(word(CHOOSER_NAMES), 1, 'policies'), 'which ones; all if absent'),
} as const;
export const SCENE = object(SCENE_FIELDS);
export type SceneInFile = ReadOf<typeof SCENE_FIELDS>;

/** The JSON Schema that is shipped as schemas/scene.schema.json. */
export const sceneSchema = (): JsonSchema => ({
	$schema: 'http://json-schema.org/draft-07/schema#',
	title: 'a scene for daruma simulate',
	...SCENE.schema,
});

export interface Simulated {
	scene: Scene;
	policies: readonly ChooserName[];
	runs: number;
}

/** The whole of it, defaults filled in: three nodes of 50 ms, 200 requests a second, for 30 s, as in daruma.yaml. */
export const resolveScene = (given: SceneInFile): Simulated => {
	const timeoutMs = given.timeout ?? 10_000;
	const weights = new Map(given.weights?.map(({ node, weight }) => [node, weight]));
	const service = resolveService(given);
	const nodes = Array.from({ length: given.replicas ?? defaults.REPLICAS }, (_, i) => {
		const name = `n${i + 1}`;
		return { name, weight: weights.get(name) ?? 1, service, failing: given.failing ?? 0 };
	});
	const scene: Scene = {
		nodes,
		disturbances: [...(given.slow ?? []), ...(given.dead ?? []), ...(given.frozen ?? [])],
		rate: given.rate ?? defaults.traffic().rate,
		pacing: given.pacing ?? 'constant',
		durationMs: given.duration ?? 30_000,
		warmUpMs: given.warmUp ?? 0,
		timeoutMs,
		withinMs: given.within ?? timeoutMs,
		clients: given.clients ?? 1,
		keys: given.keys ?? 1000,
		servers: given.servers ?? Number.POSITIVE_INFINITY,
		netMs: given.net ?? 0,
		ejection: given.ejection ? defaults.ejection() : null,
		seed: given.seed ?? 7,
	};
	return { scene, policies: [...new Set(given.policy ?? CHOOSER_NAMES)], runs: given.runs ?? 1 };
};

const resolveService = ({ service = defaults.replica().serviceMs, sd, distribution }: SceneInFile): Service => {
	const kind = distribution ?? (sd === undefined || sd === 0 ? 'constant' : 'normal');
	if (kind === 'constant' || kind === 'exponential' || service === 0) return { kind: kind === 'exponential' ? kind : 'constant', meanMs: service };
	return { kind, meanMs: service, sdMs: sd ?? service / 10 };
};

/** Below this a share is no figure; and Poisson arrivals might be none at all. */
const FEWEST_REQUESTS = 50;
/** Half a minute to two of work on a slow machine. */
const MOST_REQUESTS = 2_000_000;
const MOST_WORK = 20_000_000;
const MOST_PAIRS = 1_000_000;

/** What is wrong with a scene as a whole: nodes that are not there, or more work than anybody waits for. Null: nothing. */
export const objection = ({ scene, policies, runs }: Simulated): { message: string; hint?: string } | null => {
	const { nodes, disturbances, clients, rate: perSecond, durationMs, warmUpMs } = scene;
	const names = new Set(nodes.map(({ name }) => name));
	const stranger = disturbances.find(({ node }) => !names.has(node));
	if (stranger) return { message: `${stranger.kind}: expected a node from n1 to n${nodes.length}, found ${stranger.node}` };
	if (warmUpMs >= durationMs) return { message: 'warmUp: expected less than the duration' };
	const requests = Math.ceil((perSecond * durationMs) / 1000);
	const counted = Math.floor((perSecond * (durationMs - warmUpMs)) / 1000);
	if (counted < FEWEST_REQUESTS)
		return { message: `expected at least ${FEWEST_REQUESTS} requests after the warm-up, found ${counted}`, hint: 'lengthen the duration or raise the rate' };
	if (requests > MOST_REQUESTS) {
		return {
			message: `expected at most ${MOST_REQUESTS} requests, found ${requests}`,
			hint: 'shorten the duration or lower the rate; the shape of a result shows in a minute of traffic',
		};
	}
	if (clients * nodes.length > MOST_PAIRS) return { message: `expected at most ${MOST_PAIRS} pairs of client and node, found ${clients * nodes.length}` };
	const work = requests * policies.length * runs * (1 + nodes.length / 50 + disturbances.length / 20);
	if (work > MOST_WORK) {
		return {
			message: `that is too much work: ${requests} requests × ${policies.length} policies × ${runs} runs over ${nodes.length} nodes`,
			hint: 'choose policies with --policy, or shorten the duration',
		};
	}
	return null;
};
