import { once } from 'node:events';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';
import { EXIT } from '../../model/errors.js';

export default class ClusterLogs extends BaseCommand {
	static override summary = 'what a node, the subject or the supervisor of the running cluster wrote';
	static override enableJsonFlag = false;
	static override examples = ['<%= config.bin %> cluster logs n2 --follow', '<%= config.bin %> cluster logs supervisor --lines 20'];
	static override args = { who: Args.string({ required: true, description: 'n1, n2 …, subject, supervisor' }) };
	static override flags = {
		follow: Flags.boolean({ char: 'f', description: 'go on until the cluster ends, or Ctrl-C' }),
		lines: Flags.integer({ char: 'n', description: 'only so many of the last lines first', min: 0 }),
	};

	async run(): Promise<void> {
		const { args, flags } = await this.parse(ClusterLogs);
		const { connectSession } = await import('../../engine/session/remote.js');
		const session = await connectSession(process.cwd());
		const abort = new AbortController();
		const unhear = this.onInterrupt((signal) => {
			process.exitCode = signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
			abort.abort();
		});
		const { stdout } = process;
		stdout.once('close', () => abort.abort());
		stdout.once('error', () => abort.abort());
		try {
			const pieces = session.logs(args.who, { follow: flags.follow, ...(flags.lines === undefined ? {} : { lines: flags.lines }), signal: abort.signal });
			for await (const piece of pieces) {
				if (abort.signal.aborted) break;
				if (!stdout.write(piece)) await once(stdout, 'drain', { signal: abort.signal }).catch(() => {});
			}
		} finally {
			unhear();
			session.close();
		}
	}
}
