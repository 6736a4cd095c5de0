import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import type { HealReport } from '../custody/heal.js';

export default class Heal extends BaseCommand {
	static override summary = 'undo and end whatever unfinished runs in this folder have left, from disk alone';
	static override description =
		'Reads the journals in .daruma/runs/. Every process is told by pid, start time and run before it is touched. Exit 6 if something could not be verified. A run whose daruma is alive is left alone, unless --force.';
	static override examples = ['<%= config.bin %> heal', '<%= config.bin %> heal --force'];
	static override flags = { force: Flags.boolean({ description: 'also end runs whose daruma is still alive' }) };

	async run(): Promise<HealReport> {
		const { flags } = await this.parse(Heal);
		const { heal } = await import('../custody/heal.js');
		const report = await heal(process.cwd(), flags);
		if (!this.jsonEnabled()) {
			for (const run of report.runs) process.stdout.write(`${run.run}: ${run.outcome}\n`);
			for (const run of report.running) process.stdout.write(`${run}: still running; stop it with Ctrl-C in its terminal, or heal --force\n`);
			if (report.runs.length + report.running.length === 0) process.stdout.write('nothing to heal\n');
		}
		return this.finish(report, 0);
	}
}
