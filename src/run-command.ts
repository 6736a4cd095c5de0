import { appendFile, writeFile } from 'node:fs/promises';
import { Flags } from '@oclif/core';
import { BaseCommand } from './base-command.js';
import type { Finished } from './engine/run.js';
import { EXIT, type ExitCode, stageError } from './model/errors.js';
import type { Plan } from './model/plan.js';
import type { RunResult, VerdictWord } from './model/run.js';
import type { ReportRequest } from './report/index.js';
import type { Style } from './report/style.js';

/** What the result of a run means to the shell. `--inconclusive` may move only the 3. */
export const exitOf = (verdict: VerdictWord, inconclusive?: string): ExitCode => {
	if (verdict === 'fail') return EXIT.failed;
	if (verdict === 'pass') return EXIT.ok;
	return inconclusive === 'pass' ? EXIT.ok : inconclusive === 'fail' ? EXIT.failed : EXIT.inconclusive;
};

export const reportFlags = {
	report: Flags.string({
		description:
			'also write a report, as KIND=FILE (junit, markdown, json, github, table; - is stdout); github also writes the summary of the step; repeatable',
		multiple: true,
		multipleNonGreedy: true,
		helpValue: 'junit=out.xml',
	}),
	inconclusive: Flags.string({ description: 'what an inconclusive run means to the exit code (3 unless set)', options: ['fail', 'pass'] }),
};

interface Presentation {
	report?: string[] | undefined;
	inconclusive?: string | undefined;
	deadlineMs?: number | undefined;
	keepGoing?: boolean;
}

/** Commands that end in a judged run: they conduct or read one, and tell it in the same words. */
export abstract class RunCommand extends BaseCommand {
	/** Conducts the plan under a live view; Ctrl-C heals first. */
	protected async conduct(plan: Plan, options: Presentation): Promise<RunResult> {
		const reports = await this.openReports(options.report ?? []);
		const [{ runPlan }, { createProgress }] = await Promise.all([import('./engine/run.js'), import('./terminal/live.js')]);
		const abort = new AbortController();
		const view = await createProgress(process.stderr, await this.style(process.stderr));
		const unhear = this.onInterrupt((signal) => {
			view.stage(`${signal}: healing … (once more to leave it to the watchdog)`);
			abort.abort(signal);
		});
		const deadline =
			options.deadlineMs === undefined
				? undefined
				: setTimeout(() => abort.abort(stageError('E_DEADLINE', 'the run did not end within its --deadline; everything was healed')), options.deadlineMs);
		let finished: Finished;
		try {
			finished = await runPlan(plan, {
				baseDir: process.cwd(),
				signal: abort.signal,
				keepGoing: options.keepGoing ?? false,
				onProgress: (progress) => view.hear(progress),
			});
		} finally {
			clearTimeout(deadline);
			unhear();
			view.done();
		}
		return this.present(finished.result, plan, options, reports);
	}

	/** Tells a judged run: reports to their files, the table to stdout, the exit code to the shell. */
	protected async present(result: RunResult, plan: Plan, options: Presentation, opened?: readonly ReportRequest[]): Promise<RunResult> {
		const [{ PLAIN, REPORTS }, { annotatedPath }] = await Promise.all([import('./report/index.js'), import('./report/annotated-path.js')]);
		const inconclusive = options.inconclusive === 'pass' ? 'pass' : 'fail';
		const render = async (kind: string, style: Style, width: number): Promise<string> =>
			(await REPORTS[kind]!())(result, { style, width, file: plan.file && annotatedPath(plan.file, process.env.GITHUB_WORKSPACE), inconclusive });
		const reports = opened ?? (await this.openReports(options.report ?? []));
		for (const { kind, file } of reports) {
			const text = await render(kind, PLAIN, 100);
			if (file === '-') {
				if (!this.jsonEnabled()) process.stdout.write(text);
				continue;
			}
			try {
				await writeFile(file, text);
			} catch (error) {
				throw stageError('E_REPORT', `the report ${file} could not be written: ${(error as Error).message}`);
			}
		}
		const summary = process.env.GITHUB_STEP_SUMMARY;
		if (summary && reports.some(({ kind }) => kind === 'github')) await this.append(summary, await render('markdown', PLAIN, 100));
		if (!this.jsonEnabled() && !reports.some((each) => each.file === '-')) {
			process.stdout.write(await render('table', await this.style(), process.stdout.columns || 100));
		}
		return this.finish(result, exitOf(result.verdict, options.inconclusive));
	}

	/** Other steps of the job may have written there before. */
	private async append(file: string, text: string): Promise<void> {
		try {
			await appendFile(file, text);
		} catch (error) {
			throw stageError(
				'E_REPORT',
				`the summary of the step, ${file}, could not be written: ${(error as Error).message}`,
				'unset GITHUB_STEP_SUMMARY to do without it',
			);
		}
	}

	/** Wrong report flags are told before anything is started. */
	private async openReports(typed: readonly string[]): Promise<ReportRequest[]> {
		const { parseReport } = await import('./report/index.js');
		return typed.map(parseReport);
	}
}
