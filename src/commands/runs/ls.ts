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
		const { listRuns } = await import('../../platform/run-folder.js');
		const runs = listRuns(process.cwd()).map((folder): Listed => {
			if (!existsSync(folder.result)) return { run: folder.id, verdict: 'unfinished', subject: '', experiments: 0 };
			const result = JSON.parse(readFileSync(folder.result, 'utf8')) as RunResult;
			return { run: folder.id, verdict: result.verdict, subject: result.subject.kind, experiments: result.experiments.length };
		});
		if (!this.jsonEnabled()) {
			for (const r of runs) process.stdout.write(`${r.run}  ${r.verdict.padEnd(12)}  ${r.subject.padEnd(8)}  ${r.experiments || ''}\n`);
			if (runs.length === 0) process.stderr.write('no runs yet: try daruma demo\n');
		}
		return this.finish({ runs }, 0);
	}
}
