import { Args, Flags } from '@oclif/core';
import type { ShownToxic } from '../../../proxy/api/client.js';
import { ProxyCommand } from '../../../proxy-command.js';

export default class ProxyToxicAdd extends ProxyCommand {
	static override summary = 'add a toxic to a proxy; open connections feel it at once';
	static override examples = [
		'<%= config.bin %> proxy toxic add -t latency -a latency=1000 -a jitter=100 redis',
		'<%= config.bin %> proxy toxic add -t reset_peer --upstream --toxicity 0.5 redis',
	];
	static override args = { proxy: Args.string({ required: true, description: 'name of the proxy' }) };
	static override flags = {
		type: Flags.string({ char: 't', required: true, description: 'type of the toxic: latency, bandwidth, timeout …' }),
		toxicName: Flags.string({ char: 'n', description: 'name of the toxic; default TYPE_STREAM' }),
		toxicity: Flags.string({ aliases: ['tox'], description: 'share of connections that it works on, 0 to 1', default: '1' }),
		attribute: Flags.string({ char: 'a', multiple: true, multipleNonGreedy: true, description: 'attribute of the toxic, key=value; may be repeated' }),
		upstream: Flags.boolean({ char: 'u', description: 'on what clients send', exclusive: ['downstream'] }),
		downstream: Flags.boolean({ char: 'd', description: 'on what clients receive (default)' }),
	};

	async run(): Promise<ShownToxic> {
		const { args, flags } = await this.parse(ProxyToxicAdd);
		const { parseAttributes, parseToxicity } = await import('../../../proxy/api/attributes.js');
		const wanted = {
			type: flags.type,
			stream: flags.upstream ? 'upstream' : 'downstream',
			toxicity: parseToxicity(flags.toxicity),
			attributes: parseAttributes(flags.attribute ?? []),
			...(flags.toxicName !== undefined && { name: flags.toxicName }),
		};
		const toxic = await this.doing('Failed to add toxic', (await this.client(flags.host)).addToxic(args.proxy, wanted));
		this.say(`Added ${toxic.stream} ${toxic.type} toxic '${toxic.name}' on proxy '${args.proxy}'`);
		return this.finish(toxic, 0);
	}
}
