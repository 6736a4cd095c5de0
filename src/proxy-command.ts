import { Flags } from '@oclif/core';
import { BaseCommand } from './base-command.js';
import type { ToxiproxyClient } from './proxy/api/client.js';

/** What the verbs of toxiproxy-cli share: where the API is. */
export abstract class ProxyCommand extends BaseCommand {
	static override baseFlags = {
		...BaseCommand.baseFlags,
		host: Flags.string({
			description: 'URL of the API, ours or of a real Toxiproxy',
			default: 'http://localhost:8474',
			env: 'TOXIPROXY_URL',
			helpGroup: 'GLOBAL',
		}),
	};

	protected async client(host: string): Promise<ToxiproxyClient> {
		const { toxiproxyClient } = await import('./proxy/api/client.js');
		return toxiproxyClient(host);
	}

	/** `what` is said before whatever the server refuses with. */
	protected async doing<T>(what: string, work: Promise<T>): Promise<T> {
		try {
			return await work;
		} catch (error) {
			const { whileDoing } = await import('./proxy/api/client.js');
			throw whileDoing(what, error);
		}
	}

	protected say(line: string): void {
		if (!this.jsonEnabled()) process.stdout.write(`${line}\n`);
	}
}
