import { Args, Flags } from '@oclif/core';
import { usageError } from '../model/errors.js';
import type { RunResult } from '../model/run.js';
import { RunCommand, reportFlags } from '../run-command.js';

export default class Judge extends RunCommand {
	static override summary = 'judge an old run again, by today’s rules or other bounds';
	static override description = 'Reads only the run’s folder: its history and its resolved plan. Nothing is started, nothing is changed.';
	static override examples = ['<%= config.bin %> judge latest', '<%= config.bin %> judge latest --expect "p99 <= 100ms" --json'];
	static override args = { run: Args.string({ description: 'an id, its beginning, a path, or latest', required: true }) };
	static override flags = {
		expect: Flags.string({
			description: 'judge by these bounds instead of the plan’s; repeatable',
			multiple: true,
			multipleNonGreedy: true,
			helpValue: "'p99 <= 250ms'",
		}),
		...reportFlags,
	};

	async run(): Promise<RunResult> {
		const { args, flags } = await this.parse(Judge);
		const [{ rejudge, readPlan }, { resolveRun }, { parseExpectation, isUnreadable }] = await Promise.all([
			import('../engine/rejudge.js'),
			import('../platform/run-folder.js'),
			import('../model/bound.js'),
		]);
		const expect = flags.expect?.map((text) => {
			const parsed = parseExpectation(text);
			if (isUnreadable(parsed)) throw usageError('E_FLAG', `--expect: expected ${parsed.expected}, found "${text}"`);
			return parsed;
		});
		const { path } = resolveRun(process.cwd(), args.run);
		const result = await rejudge(path, expect ? { expect } : {});
		return this.present(result, await readPlan(path), flags);
	}
}
