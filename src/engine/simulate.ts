import type { Simulated } from '../config/scene.js';
import type { SimulationResult } from '../model/simulation.js';
import { compare } from '../simulator/comparison.js';
import { meanOf } from '../simulator/service.js';

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Every policy on the scene, in virtual time, as the document that `simulate --json` prints. */
export const simulatePolicies = ({ scene, policies, runs }: Simulated): SimulationResult => {
	const standings = compare(scene, policies, runs);
	const [first] = scene.nodes;
	const { service } = first as NonNullable<typeof first>;
	return {
		schema: 'daruma.simulation/1',
		seed: scene.seed,
		runs,
		scene: {
			replicas: scene.nodes.length,
			service: { kind: service.kind, meanMs: meanOf(service), ...('sdMs' in service && { sdMs: service.sdMs }) },
			servers: finite(scene.servers),
			rate: scene.rate,
			pacing: scene.pacing,
			durationMs: scene.durationMs,
			timeoutMs: scene.timeoutMs,
			withinMs: scene.withinMs,
			clients: scene.clients,
			disturbances: scene.disturbances.map(({ toMs, ...rest }) => ({ ...rest, toMs: finite(toMs) })),
		},
		best: (standings[0] as (typeof standings)[number]).policy,
		policies: standings,
	};
};
