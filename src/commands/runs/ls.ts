import { existsSync, readFileSync } from 'node:fs';
import { BaseCommand } from '../../base-command.js';
import type { RunResult } from '../../model/run.js';

interface Listed {
	run: string;
	verdict: string;
	subject: string;
	experiments: number;
}

export default class RunsLs extends BaseCommand {
	static override summary = 'list the runs kept in .daruma/, oldest first';
	static override examples = ['<%= config.bin %> runs ls', '<%= config.bin %> runs ls --json'];

	async run(): Promise<{ runs: Listed[] }> {
		await this.parse(RunsLs);
		const [{ listRuns }, { readJournals }] = await Promise.all([import('../../platform/run-folder.js'), import('../../custody/heal.js')]);
		const living = new Set(readJournals(process.cwd()).flatMap(({ run, state }) => (state === 'running' ? [run] : [])));
		const runs = listRuns(process.cwd()).map((folder): Listed => {
			const result = readResult(folder.result);
			// A cluster that was broken by hand is not judged.
			const unjudged = existsSync(folder.session) ? 'by hand' : 'unfinished';
			if (!result) return { run: folder.id, verdict: living.has(folder.id) ? 'running' : unjudged, subject: '', experiments: 0 };
			return { run: folder.id, verdict: result.verdict, subject: result.subject.kind, experiments: result.experiments.length };
		});
		if (!this.jsonEnabled()) {
			for (const r of runs) process.stdout.write(`${r.run}  ${r.verdict.padEnd(12)}  ${r.subject.padEnd(8)}  ${r.experiments || ''}\n`);
			if (runs.length === 0) process.stderr.write('no runs yet: try daruma demo\n');
		}
		return this.finish({ runs }, 0);
	}
}

/** Undefined while there is none; a run may end, or be written, while it is listed. */
const readResult = (path: string): RunResult | undefined => {
	try {
		return JSON.parse(readFileSync(path, 'utf8')) as RunResult;
	} catch {
		return undefined;
	}
};
