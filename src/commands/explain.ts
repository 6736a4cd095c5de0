import { Args } from '@oclif/core';
import { BaseCommand } from '../base-command.js';

export default class Explain extends BaseCommand {
	static override summary = 'tell one request’s story: every attempt, receipt and execution, and what became of it';
	static override examples = ['<%= config.bin %> explain latest r123'];
	static override args = {
		run: Args.string({ description: 'an id, its beginning, a path, or latest', required: true }),
		request: Args.string({ description: 'the request’s id, as checks name it in their evidence', required: true }),
	};

	async run(): Promise<{ run: string; request: string; lines: string[] }> {
		const { args } = await this.parse(Explain);
		const [{ explainRequest }, { resolveRun }] = await Promise.all([import('../engine/explain.js'), import('../platform/run-folder.js')]);
		const folder = resolveRun(process.cwd(), args.run);
		const lines = await explainRequest(folder.path, args.request);
		if (!this.jsonEnabled()) process.stdout.write(`${lines.join('\n')}\n`);
		return this.finish({ run: folder.id, request: args.request, lines }, 0);
	}
}
