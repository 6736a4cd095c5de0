import { Args, Flags } from '@oclif/core';
import type { ShownProxy } from '../../proxy/api/client.js';
import { ProxyCommand } from '../../proxy-command.js';

export default class ProxyCreate extends ProxyCommand {
	static override summary = 'create a proxy: what connects to --listen is passed on to --upstream';
	static override hiddenAliases = ['proxy:new'];
	static override examples = [
		'<%= config.bin %> proxy create -l 127.0.0.1:26379 -u localhost:6379 redis',
		'<%= config.bin %> proxy create -l udp://127.0.0.1:5353 -u udp://127.0.0.53:53 dns',
	];
	static override args = { name: Args.string({ required: true, description: 'name of the new proxy' }) };
	static override flags = {
		listen: Flags.string({ char: 'l', required: true, description: 'address to listen on; port 0 is any free one' }),
		upstream: Flags.string({ char: 'u', required: true, description: 'address to pass connections on to' }),
	};

	async run(): Promise<ShownProxy> {
		const { args, flags } = await this.parse(ProxyCreate);
		const client = await this.client(flags.host);
		const proxy = await this.doing('Failed to create proxy', client.create({ name: args.name, listen: flags.listen, upstream: flags.upstream }));
		this.say(`Created new proxy ${proxy.name}`);
		return this.finish(proxy, 0);
	}
}
