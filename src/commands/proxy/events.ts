import { Flags } from '@oclif/core';
import { ProxyCommand } from '../../proxy-command.js';

export default class ProxyEvents extends ProxyCommand {
	static override summary = 'follow what happens: which toxic works on which connection, from whom';
	static override description =
		'A line per event until it is interrupted or the server ends; with --json, a JSON document per line (NDJSON). Only our server has events, a real Toxiproxy has none.';
	static override examples = ['<%= config.bin %> proxy events', '<%= config.bin %> proxy events --proxy redis --json'];
	static override flags = { proxy: Flags.string({ description: 'only what happens at this proxy', helpValue: 'NAME' }) };

	async run(): Promise<void> {
		const { flags } = await this.parse(ProxyEvents);
		const { eventLine, followEvents } = await import('../../proxy/api/follow.js');
		const left = new AbortController();
		// `daruma proxy events | head`
		process.stdout.once('error', () => left.abort());
		await followEvents(
			flags.host,
			(event, line) => {
				if (flags.proxy === undefined || event.proxy === flags.proxy) process.stdout.write(`${this.jsonEnabled() ? line : eventLine(event)}\n`);
			},
			left.signal,
		);
	}

	/** Every line was told already. */
	override logJson(json: unknown): void {
		if ((json as { error?: unknown } | undefined)?.error !== undefined) super.logJson(json);
	}
}
