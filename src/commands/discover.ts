import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import type { DiscoverFlags } from '../discover-main.js';
import type { DiscoverResult } from '../model/discovery.js';

export default class Discover extends BaseCommand {
	static override summary = 'which endpoints does a source list: nginx, HAProxy, DNS, Kubernetes, a registry, a file';
	static override description =
		'A source is an address: nginx:FILE#UPSTREAM (or a saved nginx -T), nginx+plus://HOST:PORT/api/9#UPSTREAM, haproxy:SOCKET#BACKEND, haproxy:FILE#BACKEND, srv://NAME, a://NAME:PORT, k8s://NAMESPACE/SERVICE[:PORT], file:PATH. probe, rank and watch take sources wherever they take targets. Every address may say ?empty=accept|keep (is an empty list an answer, or an outage?), ?only=up (leave out what the source says is down) and ?last=FILE (keep the last good list there for a time when the source is gone). Exit codes: 0 endpoints are listed (also by the last good list), 1 the list is empty, 2 usage, 4 the source cannot be asked and there is no last good list, 130/143 interrupted. docs/discovery.md tells it all.';
	static override examples = [
		'<%= config.bin %> discover nginx:/etc/nginx/nginx.conf#backend',
		'<%= config.bin %> discover haproxy:/run/haproxy/admin.sock#app --json',
		'<%= config.bin %> discover "srv://_http._tcp.example.org?server=127.0.0.1:8600" --follow',
		'<%= config.bin %> discover k8s://default/web:http --follow --json',
		'<%= config.bin %> discover file:endpoints.txt --as http://{}/healthz --format lines',
	];
	static override args = { source: Args.string({ description: 'where to look', required: true }) };
	static override flags = {
		follow: Flags.boolean({ description: 'go on, and tell every change: a line each, with --json NDJSON by schemas/discover-follow.schema.json' }),
		for: Flags.string({ description: 'with --follow: end after so long', helpValue: '30s' }),
		wait: Flags.string({ description: 'wait so long for a source that cannot be asked', helpValue: '30s' }),
		as: Flags.string({ description: 'make URLs of entries that are only host:port', helpValue: "'http://{}/healthz'" }),
		format: Flags.string({
			description: 'table, lines (nothing but the endpoints) or json',
			options: ['table', 'lines', 'json'],
			default: 'table',
			helpValue: 'lines',
		}),
	};

	async run(): Promise<DiscoverResult | undefined> {
		const { args, flags } = await this.parse(Discover);
		const { discoverMain } = await import('../discover-main.js');
		const abort = new AbortController();
		const unhear = this.onInterrupt((signal) => abort.abort(signal));
		// `daruma discover --follow | head`: nobody listens any more.
		process.stdout.once('error', () => abort.abort('quit'));
		const { stdout, stderr } = process;
		const json = this.jsonEnabled();
		const { result, exit } = await discoverMain(args.source, { ...(flags as DiscoverFlags), json }, { stdout, stderr, signal: abort.signal });
		this.saved = flags.follow ?? false;
		unhear();
		return this.finish(result, exit);
	}
}
