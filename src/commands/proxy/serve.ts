import { once } from 'node:events';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.js';

export default class ProxyServe extends BaseCommand {
	static override summary = "serve the fault proxy with Toxiproxy's API until interrupted";
	static override description =
		'A drop-in replacement for toxiproxy-server: the same API, the same names. Clients of Toxiproxy need no change. docs/proxy.md tells what differs.';
	static override examples = [
		'<%= config.bin %> proxy serve',
		'<%= config.bin %> proxy serve --config toxiproxy.json --seed 7',
		'<%= config.bin %> proxy serve --state proxies.json',
		'<%= config.bin %> proxy serve --host 0.0.0.0',
	];
	static override flags = {
		host: Flags.string({ description: 'address that the API listens on; anything but loopback lets others on the network drive it', default: '127.0.0.1' }),
		port: Flags.integer({ description: 'port of the API; 0 is any free one', default: 8474, min: 0, max: 65_535 }),
		config: Flags.string({ description: 'JSON array of proxies to begin with, toxics included', helpValue: 'FILE' }),
		state: Flags.string({
			description: 'keep all proxies and toxics in this file, and begin with what it holds; --config then counts only while there is no such file',
			helpValue: 'FILE',
		}),
		'proxy-metrics': Flags.boolean({ description: 'as toxiproxy-server; GET /metrics tells of the proxies anyway' }),
		'runtime-metrics': Flags.boolean({ description: 'GET /metrics also tells of this process: CPU, memory, open files' }),
		seed: Flags.integer({ description: 'the same seed decides alike: jitter, shares, losses', min: 0 }),
	};

	async run(): Promise<{ url: string; seed: number; proxies: { name: string; listen: string; upstream: string }[] }> {
		const { flags } = await this.parse(ProxyServe);
		const { serveProxy } = await import('../../proxy/api/serve.js');
		const { configError, readConfigFile } = await import('../../proxy/api/config-file.js');
		const config = flags.config === undefined ? undefined : readConfigFile(flags.config);
		const server = await serveProxy({
			host: flags.host,
			port: flags.port,
			...(flags.seed !== undefined && { seed: flags.seed }),
			...(config && { config }),
			...(flags.state !== undefined && { state: flags.state }),
			runtimeMetrics: flags['runtime-metrics'],
			warn: (message) => process.stderr.write(`warning: ${message}\n`),
		}).catch((error) => {
			throw configError(flags.config ?? '', error);
		});
		const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
		const proxies = server.proxies.list().map(({ name, listen, upstream }) => ({ name, listen, upstream }));
		const begun = { url: server.url, seed: server.seed, proxies };
		// While it lives, since whoever reads this waits for it; one document, also with --json.
		if (this.jsonEnabled()) process.stdout.write(`${JSON.stringify(begun)}\n`);
		else {
			process.stdout.write(`listening on ${server.url} (seed ${server.seed})\n`);
			for (const { name, listen, upstream } of proxies) process.stdout.write(`${name}: ${listen} → ${upstream}\n`);
		}
		await stopped;
		await server.close();
		return this.finish(begun, 0);
	}

	/** Said already, when it began. */
	override logJson(json: unknown): void {
		if ((json as { error?: unknown }).error !== undefined) super.logJson(json);
	}
}
