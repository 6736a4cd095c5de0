import { Args } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';
import { EXIT } from '../../model/errors.js';
import type { NodeStatus } from '../../model/session.js';

export default class ClusterRestart extends BaseCommand {
	static override summary = 'end a node of the running cluster and start it again, on the same port';
	static override examples = ['<%= config.bin %> cluster restart n2'];
	static override args = { node: Args.string({ required: true, description: 'n1, n2 …' }) };

	async run(): Promise<NodeStatus> {
		const { args } = await this.parse(ClusterRestart);
		const { connectSession } = await import('../../engine/session/remote.js');
		const session = await connectSession(process.cwd());
		try {
			const node = await session.restart(args.node);
			if (!this.jsonEnabled()) process.stdout.write(`${node.name}: started again, life ${node.life}, pid ${node.pid}\n`);
			return this.finish(node, EXIT.ok);
		} finally {
			session.close();
		}
	}
}
