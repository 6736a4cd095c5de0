import { Flags } from '@oclif/core';
import type { RunResult } from '../model/run.js';
import { RunCommand, reportFlags } from '../run-command.js';

export default class Demo extends RunCommand {
	static override summary = 'knock a built-in cluster down and see whether it gets back up: nothing to write, under 20 s';
	static override description =
		'Starts three small HTTP replicas and a client that balances and retries, lets one replica crash with a request in its hands, restarts it, and judges what the client and the replicas saw. Everything stays on loopback and ends with the command.';
	static override examples = ['<%= config.bin %> demo', '<%= config.bin %> demo --json | jq .verdict'];
	static override flags = {
		seed: Flags.integer({ description: 'same seed, same random decisions', min: 0, default: 7 }),
		...reportFlags,
	};

	async run(): Promise<RunResult> {
		const { flags } = await this.parse(Demo);
		const { demoPlan } = await import('../config/demo.js');
		return this.conduct(demoPlan(flags.seed), flags);
	}
}
