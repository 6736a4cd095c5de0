import { Args } from '@oclif/core';
import { ProxyCommand } from '../../proxy-command.js';

export default class ProxyDelete extends ProxyCommand {
	static override summary = 'delete a proxy and close its connections';
	static override examples = ['<%= config.bin %> proxy delete redis'];
	static override args = { name: Args.string({ required: true, description: 'name of the proxy' }) };

	async run(): Promise<{ deleted: string }> {
		const { args, flags } = await this.parse(ProxyDelete);
		const client = await this.client(flags.host);
		await this.doing(`Failed to retrieve proxy ${args.name}`, client.get(args.name));
		await this.doing('Failed to delete proxy', client.delete(args.name));
		this.say(`Deleted proxy ${args.name}`);
		return this.finish({ deleted: args.name }, 0);
	}
}
