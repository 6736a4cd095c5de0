import { Args } from '@oclif/core';
import type { ShownProxy } from '../../proxy/api/client.js';
import { ProxyCommand } from '../../proxy-command.js';

export default class ProxyToggle extends ProxyCommand {
	static override summary = 'disable an enabled proxy (all its connections close), enable a disabled one';
	static override examples = ['<%= config.bin %> proxy toggle redis'];
	static override args = { name: Args.string({ required: true, description: 'name of the proxy' }) };

	async run(): Promise<ShownProxy> {
		const { args, flags } = await this.parse(ProxyToggle);
		const client = await this.client(flags.host);
		const before = await this.doing(`Failed to retrieve proxy ${args.name}`, client.get(args.name));
		const proxy = await this.doing(`Failed to toggle proxy ${args.name}`, client.update(args.name, { enabled: !before.enabled }));
		const { enabledText } = await import('../../proxy/api/lines.js');
		this.say(`Proxy ${args.name} is now ${enabledText(proxy.enabled)}`);
		return this.finish(proxy, 0);
	}
}
