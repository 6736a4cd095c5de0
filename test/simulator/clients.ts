import { readdirSync, readFileSync } from 'node:fs';
import type { ClientSpec } from '../../src/model/plan.js';
import type { Rng } from '../../src/model/rng.js';
import { createBrain } from '../../src/resilience/brain.js';
import type { CallAction, ClientBrain } from '../../src/resilience/call.js';
import type { SimulationOptions } from '../../src/simulator/simulate.js';

/** A client of the corpus: what it says of itself, and how it deviates from that. */
export interface CorpusClient {
	name: string;
	about: string;
	behaviour: keyof typeof BEHAVIOURS;
	spec: ClientSpec;
}

const FOLDER = new URL('../../../fixtures/clients/', import.meta.url);

export const corpusClients = (): CorpusClient[] =>
	readdirSync(FOLDER)
		.filter((file) => file.endsWith('.json'))
		.sort()
		.map((file) => ({ name: file.replace('.json', ''), ...(JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Omit<CorpusClient, 'name'>) }));

/** The brain, with each of its actions rewritten. */
const rewritten = (brain: ClientBrain, rewrite: (id: string, action: CallAction) => CallAction): ClientBrain => ({
	begin(call, now) {
		const { actions, deadlineAtMs } = brain.begin(call, now);
		return { actions: actions.map((a) => rewrite(call.id, a)), deadlineAtMs };
	},
	event: (id, event, now) => brain.event(id, event, now).map((a) => rewrite(id, a)),
});

type Make = (spec: ClientSpec, nodes: readonly string[], rng: Rng) => ClientBrain;

const sticky: Make = (spec, nodes, rng) =>
	rewritten(createBrain(spec, nodes, rng), (id, action) => (action.kind === 'attempt' ? { ...action, node: Number(id.slice(1)) % nodes.length } : action));

const deaf: Make = (spec, nodes, rng) => createBrain({ ...spec, deadlineMs: null }, nodes, rng);

const hasty: Make = (spec, nodes, rng) => createBrain({ ...spec, retry: spec.retry && { ...spec.retry, baseMs: spec.retry.baseMs / 10 } }, nodes, rng);

const lying: Make = (spec, nodes, rng) =>
	rewritten(createBrain(spec, nodes, rng), (_id, action) => (action.kind === 'give-up' ? { kind: 'answer', n: 1, status: 200 } : action));

export const BEHAVIOURS = {
	honest: {},
	sticky: { brain: sticky },
	deaf: { brain: deaf },
	hasty: { brain: hasty },
	lying: { brain: lying },
	lingering: { lingers: true },
} satisfies Record<string, SimulationOptions>;
