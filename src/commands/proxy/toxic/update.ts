import { Args, Flags } from '@oclif/core';
import type { ShownToxic } from '../../../proxy/api/client.js';
import { ProxyCommand } from '../../../proxy-command.js';

export default class ProxyToxicUpdate extends ProxyCommand {
	static override summary = 'change attributes or the toxicity of a toxic; what is not named stays';
	static override examples = ['<%= config.bin %> proxy toxic update -n latency_downstream -a jitter=25 redis'];
	static override args = { proxy: Args.string({ required: true, description: 'name of the proxy' }) };
	static override flags = {
		toxicName: Flags.string({ char: 'n', required: true, description: 'name of the toxic' }),
		toxicity: Flags.string({ aliases: ['tox'], description: 'share of connections that it works on, 0 to 1' }),
		attribute: Flags.string({ char: 'a', multiple: true, multipleNonGreedy: true, description: 'attribute of the toxic, key=value; may be repeated' }),
	};

	async run(): Promise<ShownToxic> {
		const { args, flags } = await this.parse(ProxyToxicUpdate);
		const { parseAttributes, parseToxicity } = await import('../../../proxy/api/attributes.js');
		const change = { attributes: parseAttributes(flags.attribute ?? []), ...(flags.toxicity !== undefined && { toxicity: parseToxicity(flags.toxicity) }) };
		const toxic = await this.doing('Failed to update toxic', (await this.client(flags.host)).updateToxic(args.proxy, flags.toxicName, change));
		this.say(`Updated toxic '${toxic.name}' on proxy '${args.proxy}'`);
		return this.finish(toxic, 0);
	}
}
