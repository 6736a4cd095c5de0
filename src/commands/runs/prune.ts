import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';
import type { Pruned } from '../../engine/prune.js';
import { parseDuration } from '../../model/duration.js';
import { usageError } from '../../model/errors.js';

const DAY_MS = 86_400_000;

export default class RunsPrune extends BaseCommand {
	static override summary = 'remove old runs from .daruma/';
	static override description =
		'Never removes a run that is still going on, one that may have left something unhealed, or what is not the folder of a run. With both --keep and --older a run goes only if both let it go.';
	static override examples = ['<%= config.bin %> runs prune --keep 20', '<%= config.bin %> runs prune --older 7d --dry-run'];
	static override flags = {
		keep: Flags.string({ description: 'how many of the newest stay', helpValue: '20' }),
		older: Flags.string({ description: 'only those that began longer ago', helpValue: '7d' }),
		'dry-run': Flags.boolean({ char: 'n', description: 'say what would go, and remove nothing' }),
	};

	async run(): Promise<Pruned & { dryRun: boolean }> {
		const { flags } = await this.parse(RunsPrune);
		if (flags.keep === undefined && flags.older === undefined)
			throw usageError('E_FLAG', 'expected --keep or --older, found neither', 'such as: daruma runs prune --keep 20 --older 7d');
		if (flags.keep !== undefined && !/^\d{1,9}$/.test(flags.keep))
			throw usageError('E_FLAG', `--keep: expected a whole number from 0 on, found "${flags.keep}"`);
		const older = flags.older === undefined ? undefined : timeOf(flags.older);
		const { prune } = await import('../../engine/prune.js');
		const wish = { nowMs: Date.now(), ...(flags.keep !== undefined && { keep: Number(flags.keep) }), ...(older !== undefined && { olderMs: older }) };
		const found = prune(process.cwd(), wish, flags['dry-run']);
		if (!this.jsonEnabled()) {
			for (const run of found.removed) process.stdout.write(`${flags['dry-run'] ? 'would remove' : 'removed'}  ${run}\n`);
			for (const { run, why } of found.spared) process.stderr.write(`kept  ${run}: ${why}\n`);
			if (found.removed.length === 0) process.stderr.write('nothing to remove\n');
		}
		return this.finish({ ...found, dryRun: flags['dry-run'] }, 0);
	}
}

const timeOf = (typed: string): number => {
	const days = /^(\d+(?:\.\d+)?)\s*d$/.exec(typed.trim());
	const ms = days ? Number(days[1]) * DAY_MS : parseDuration(typed);
	if (ms === undefined) throw usageError('E_FLAG', `--older: expected a time such as 7d or 12h, found "${typed}"`);
	return ms;
};
