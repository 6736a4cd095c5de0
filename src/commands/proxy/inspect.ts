import { Args } from '@oclif/core';
import type { ShownProxy } from '../../proxy/api/client.js';
import { ProxyCommand } from '../../proxy-command.js';

export default class ProxyInspect extends ProxyCommand {
	static override summary = 'show a proxy and its toxics';
	static override examples = ['<%= config.bin %> proxy inspect redis'];
	static override args = { name: Args.string({ required: true, description: 'name of the proxy' }) };

	async run(): Promise<ShownProxy> {
		const { args, flags } = await this.parse(ProxyInspect);
		const proxy = await this.doing(`Failed to retrieve proxy ${args.name}`, (await this.client(flags.host)).get(args.name));
		const { attributesText, enabledText, toxicLine } = await import('../../proxy/api/lines.js');
		if (!process.stdout.isTTY) for (const toxic of proxy.toxics) this.say(toxicLine(toxic));
		else {
			this.say(`${proxy.name}: ${proxy.listen} → ${proxy.upstream}, ${enabledText(proxy.enabled)}`);
			const { formatTable } = await import('../../terminal/table.js');
			const rows = proxy.toxics.map((toxic) => [toxic.name, toxic.type, toxic.stream, String(toxic.toxicity), attributesText(toxic.attributes).join(' ')]);
			this.say(
				rows.length === 0
					? 'no toxics: add one with daruma proxy toxic add'
					: await formatTable(rows, { head: ['toxic', 'type', 'stream', 'toxicity', 'attributes'] }),
			);
		}
		return this.finish(proxy, 0);
	}
}
