import { readFile } from 'node:fs/promises';
import { Args } from '@oclif/core';
import { usageError } from '../model/errors.js';
import type { RunResult } from '../model/run.js';
import { RunCommand, reportFlags } from '../run-command.js';

export default class Report extends RunCommand {
	static override summary = 'tell an old run once more: as a table, JSON, JUnit or markdown';
	static override description = 'Prints the verdicts as they were given (daruma judge gives them anew).';
	static override examples = ['<%= config.bin %> report latest', '<%= config.bin %> report latest --report junit=out.xml --report markdown=summary.md'];
	static override args = { run: Args.string({ description: 'an id, its beginning, a path, or latest', required: true }) };
	static override flags = reportFlags;

	async run(): Promise<RunResult> {
		const { args, flags } = await this.parse(Report);
		const [{ readPlan }, { resolveRun }] = await Promise.all([import('../engine/rejudge.js'), import('../platform/run-folder.js')]);
		const folder = resolveRun(process.cwd(), args.run);
		let result: RunResult;
		try {
			result = JSON.parse(await readFile(folder.result, 'utf8')) as RunResult;
		} catch {
			throw usageError('E_NO_RESULT', `run ${folder.id} has no verdicts: it did not come to its end`, `judge what there is: daruma judge ${folder.id}`);
		}
		return this.present(result, await readPlan(folder.path), flags);
	}
}
