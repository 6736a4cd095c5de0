import { BaseCommand } from '../../base-command.js';
import { EXIT } from '../../model/errors.js';
import type { SessionStatus } from '../../model/session.js';

export default class ClusterStatus extends BaseCommand {
	static override summary = 'the nodes of the running cluster: address, process, state, fault';
	static override description =
		'Finds the cluster of this folder, or of the nearest one above. Exit codes: 0 it runs, 4 none runs here (the message says what became of it), 6 its supervisor died and something may be left.';
	static override examples = ['<%= config.bin %> cluster status', '<%= config.bin %> cluster status --json'];

	async run(): Promise<SessionStatus> {
		await this.parse(ClusterStatus);
		const { connectSession } = await import('../../engine/session/remote.js');
		const session = await connectSession(process.cwd());
		try {
			const status = await session.status();
			if (!this.jsonEnabled()) {
				const { clusterTable, clusterTitle } = await import('../../report/cluster/table.js');
				const style = await this.style();
				process.stdout.write(`${[clusterTitle(status, style), ...clusterTable(status, style)].join('\n')}\n`);
			}
			return this.finish(status, EXIT.ok);
		} finally {
			session.close();
		}
	}
}
