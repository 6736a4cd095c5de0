import { Args, Flags } from '@oclif/core';
import { ProxyCommand } from '../../../proxy-command.js';

export default class ProxyToxicRemove extends ProxyCommand {
	static override summary = 'remove a toxic from a proxy';
	static override hiddenAliases = ['proxy:toxic:delete'];
	static override examples = ['<%= config.bin %> proxy toxic remove -n latency_downstream redis'];
	static override args = { proxy: Args.string({ required: true, description: 'name of the proxy' }) };
	static override flags = { toxicName: Flags.string({ char: 'n', required: true, description: 'name of the toxic' }) };

	async run(): Promise<{ removed: string; proxy: string }> {
		const { args, flags } = await this.parse(ProxyToxicRemove);
		await this.doing('Failed to remove toxic', (await this.client(flags.host)).removeToxic(args.proxy, flags.toxicName));
		this.say(`Removed toxic '${flags.toxicName}' on proxy '${args.proxy}'`);
		return this.finish({ removed: flags.toxicName, proxy: args.proxy }, 0);
	}
}
