import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import type { HealReport } from '../custody/heal.js';
import { EXIT } from '../model/errors.js';
import type { FaultHandle } from '../model/session.js';

/** `session` is there when a cluster lives that was asked to heal. */
type Healed = HealReport & { session?: { run: string; healed: FaultHandle[] } };

export default class Heal extends BaseCommand {
	static override summary = 'heal the faults of the running cluster; undo and end whatever dead runs in this folder have left';
	static override description =
		'Where a cluster lives (daruma cluster up, here or in a folder above), its supervisor heals the faults that daruma inject has set: all, or those of one NODE; the cluster lives on. Without NODE it also reads, from disk alone, the journals in .daruma/runs/ here: what runs whose daruma is gone have left is undone and ended, each process told by pid, start time and run before it is touched. A run whose daruma is alive is left alone, unless --force. Exit codes: 0 healed, or nothing to heal; 4 NODE is named and no cluster lives, or a node did not come back; 6 an undo could not be verified.';
	static override examples = ['<%= config.bin %> heal', '<%= config.bin %> heal n2', '<%= config.bin %> heal --force'];
	static override args = { node: Args.string({ description: 'only the fault of this node (or of this id, such as f3) of the running cluster' }) };
	static override flags = { force: Flags.boolean({ description: 'also end runs whose daruma is still alive' }) };

	async run(): Promise<Healed> {
		const { args, flags } = await this.parse(Heal);
		const session = flags.force ? undefined : await this.healSession(args.node);
		const { heal } = await import('../custody/heal.js');
		const report: HealReport = args.node === undefined ? await heal(process.cwd(), flags) : { runs: [], running: [] };
		if (!this.jsonEnabled()) await this.tell(report, session);
		return this.finish({ ...report, ...(session && { session }) }, EXIT.ok);
	}

	private async healSession(node: string | undefined): Promise<Healed['session']> {
		const [{ findSession }, { connectSession }] = await Promise.all([import('../engine/session/record.js'), import('../engine/session/remote.js')]);
		const found = findSession(process.cwd());
		if (node === undefined && found?.state !== 'living') return undefined;
		const session = await connectSession(process.cwd());
		try {
			return { run: (await session.status()).run, healed: await session.heal(node ?? 'all') };
		} finally {
			session.close();
		}
	}

	private async tell(report: HealReport, session: Healed['session']): Promise<void> {
		const { faultLine } = await import('../report/cluster/table.js');
		const style = await this.style();
		for (const fault of session?.healed ?? []) process.stdout.write(`${faultLine(fault, style)}\n`);
		for (const run of report.runs) process.stdout.write(`${run.run}: ${run.outcome}\n`);
		const others = report.running.filter((run) => run !== session?.run);
		for (const run of others) process.stdout.write(`${run}: still running; stop it with Ctrl-C in its terminal, or heal --force\n`);
		if (report.runs.length + others.length + (session?.healed.length ?? 0) === 0) process.stdout.write('nothing to heal\n');
	}
}
