import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import type { SimulationResult } from '../model/simulation.js';

const several = (description: string, helpValue: string) => Flags.string({ description, helpValue, multiple: true, multipleNonGreedy: true });

export default class Simulate extends BaseCommand {
	static override summary = 'which load-balancing policy? every one of them on a described cluster, in virtual time, best first';
	static override description =
		'Plays the same users with the same work under each policy: seeded, no sockets, nothing is started. The cluster comes from flags, or from a file with the same names as keys (flags win). docs/policies.md says what each policy is.';
	static override examples = [
		'<%= config.bin %> simulate --replicas 11 --service 167ms --sd 5ms --rate 1000/s --slow n1=2s@15s..45s --duration 60s --within 1s',
		'<%= config.bin %> simulate --dead n2@10s.. --policy p2c,peak-ewma --clients 20',
		'<%= config.bin %> simulate scene.yaml --runs 5 --json',
	];
	static override args = { file: Args.string({ description: 'a scene: YAML with the flags’ names as keys' }) };
	static override flags = {
		policy: Flags.string({ description: 'only these', helpValue: 'p2c,peak-ewma,…' }),
		replicas: Flags.string({ description: 'nodes, n1 … (3)' }),
		service: Flags.string({ description: 'mean time that a request is worked on (50ms)', helpValue: '50ms' }),
		sd: Flags.string({ description: 'its standard deviation', helpValue: '5ms' }),
		distribution: Flags.string({ description: 'constant, normal, lognormal or exponential (normal if there is an --sd)' }),
		servers: Flags.string({ description: 'requests that a node serves at once, the others queue (all)' }),
		rate: Flags.string({ description: 'requests per second, open loop (200/s)', helpValue: '200/s' }),
		pacing: Flags.string({ description: 'constant or poisson (constant)' }),
		duration: Flags.string({ description: 'of the traffic (30s)', helpValue: '30s' }),
		'warm-up': Flags.string({ description: 'its beginning that counts for nothing (0s)', helpValue: '5s' }),
		timeout: Flags.string({ description: 'when a client gives up (10s)', helpValue: '10s' }),
		within: Flags.string({ description: 'a later answer is no success (the timeout)', helpValue: '1s' }),
		slow: several('a node that takes so long from … to; repeatable', 'n1=2s@15s..45s'),
		dead: several('a node that refuses; repeatable', 'n2@10s..'),
		frozen: several('a node that answers nothing; repeatable', 'n3@10s..20s'),
		failing: Flags.string({ description: 'share of requests that are answered badly', helpValue: '1%' }),
		weights: several('a node’s weight; repeatable', 'n1=3'),
		clients: Flags.string({ description: 'balancers that know nothing of each other (1)' }),
		keys: Flags.string({ description: 'users behind the requests, for the keyed policies (1000)' }),
		net: Flags.string({ description: 'one way between client and node (0ms)', helpValue: '1ms' }),
		ejection: Flags.boolean({ description: 'clients eject failing nodes, as the built-in one does by default' }),
		runs: Flags.string({ description: 'seeds; the figures are medians (1)' }),
		seed: Flags.string({ description: 'same seed, same result (7)' }),
	};

	async run(): Promise<SimulationResult> {
		const { args, flags } = await this.parse(Simulate);
		const [{ loadScene }, { simulatePolicies }] = await Promise.all([import('../config/scene-load.js'), import('../engine/simulate.js')]);
		const { 'warm-up': warmUp, policy, json: _, 'no-color': __, ...rest } = flags;
		const policies = policy?.split(',').map((each) => each.trim());
		const result = simulatePolicies(await loadScene(args.file, { ...rest, warmUp, policy: policies }));
		if (!this.jsonEnabled()) {
			const { simulationTable } = await import('../report/simulation.js');
			process.stdout.write(simulationTable(result, { style: await this.style(), width: Math.min(process.stdout.columns || 120, 120) }));
		}
		return this.finish(result, 0);
	}
}
