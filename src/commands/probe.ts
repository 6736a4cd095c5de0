import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import type { ProbeResult } from '../checks/probe/result.js';
import type { ProbeFlags } from '../probe-main.js';

const many = { multiple: true, multipleNonGreedy: true } as const;

export default class Probe extends BaseCommand {
	static override summary = 'ask endpoints again and again: are they well, how quickly do they answer, where does the time go';
	static override description =
		'Targets are URLs: http(s):// tcp:// tls:// grpc(s):// jsonrpc+http:// ws(s):// dns:// udp:// redis:// postgres:// thrift:// exec: and http+unix:/run/app.sock:/path; or sources of them, which are listed once: nginx:FILE#upstream haproxy:SOCKET#backend srv:// k8s:// file: (docs/discovery.md). Questions go over one kept connection, those on a new one are reported apart; --fresh makes each of them new. A percentile is given only where there are enough samples to support it. Exit codes: 0 all well, 1 an endpoint is down, an expectation failed or answers differ, 2 usage, 3 inconclusive (our own failures, or too few samples), 4 a source cannot be asked, 130/143 interrupted.';
	static override examples = [
		'<%= config.bin %> probe http://127.0.0.1:8080/health',
		'<%= config.bin %> probe https://example.org --count 5 --expect "status == 200" --expect "certDays > 14"',
		'<%= config.bin %> probe http://127.0.0.1:8080/ --count 300 --interval 20ms --expect "p99 < 250ms"',
		'<%= config.bin %> probe "tcp://127.0.0.1:6379?send=PING\\r\\n&expect=PONG" tls://127.0.0.1:8443 --json',
		"<%= config.bin %> probe --compare http://n1/config http://n2/config http://n3/config --ignore '$..servedAt'",
		'<%= config.bin %> probe --compare http://n1:8545 http://n2:8545 http://n3:8545 -d \'{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"}\' --height \'$.result\' --max-lag 5',
		'<%= config.bin %> probe "tcp://mail.example.org:25?starttls=smtp" --warn-days 14',
		'<%= config.bin %> probe nginx:/etc/nginx/nginx.conf#backend --as http://{}/healthz',
		'<%= config.bin %> probe http://127.0.0.1:8080/ --format prometheus --output /var/lib/node_exporter/daruma.prom',
		'<%= config.bin %> probe http://127.0.0.1:8080/ --count 3 --interval 200ms --format nagios',
	];
	static override strict = false;
	static override args = { target: Args.string({ description: 'what to ask, as URLs', required: true }) };
	static override flags = {
		count: Flags.integer({ char: 'c', description: 'questions per endpoint', default: 10 }),
		interval: Flags.string({ char: 'i', description: 'between two questions', default: '1s', helpValue: '1s' }),
		timeout: Flags.string({ char: 't', description: 'for one whole answer, connecting included', default: '1s', helpValue: '1s' }),
		expect: Flags.string({
			char: 'e',
			description:
				'what must hold, of each answer (status, latency, body, json, header, certDays, load) or of all (p50, p90, p99, min, max, availability); repeatable',
			helpValue: "'status == 200'",
			...many,
		}),
		as: Flags.string({
			description: 'how to ask what a source lists as host:port (tcp unless it is said): docs/discovery.md',
			helpValue: "'http://{}/healthz'",
		}),
		fresh: Flags.boolean({ description: 'a new connection for every question' }),
		format: Flags.string({
			description: 'how to tell it: table, json, ndjson, junit, tap, prometheus, nagios (with its own exit codes) or hdr (HdrHistogram log)',
			default: 'table',
			helpValue: 'table',
		}),
		output: Flags.string({ description: 'write it to this file, which appears whole or not at all', helpValue: 'FILE' }),
		seed: Flags.integer({ description: 'same seed, same jitter', default: 1 }),
		header: Flags.string({ char: 'H', description: 'a header to send; repeatable', helpValue: "'name: value'", helpGroup: 'HTTP', ...many }),
		method: Flags.string({ char: 'X', description: 'GET unless there is a body', helpGroup: 'HTTP' }),
		body: Flags.string({ char: 'd', description: 'a body to send', helpGroup: 'HTTP' }),
		http: Flags.string({ description: '2: over HTTP/2 (by ALPN; without TLS by prior knowledge)', options: ['1.1', '2'], helpGroup: 'HTTP' }),
		follow: Flags.integer({ description: 'follow so many redirects', helpGroup: 'HTTP' }),
		proxy: Flags.string({ description: 'through this HTTP proxy', helpValue: 'http://HOST:PORT', helpGroup: 'HTTP' }),
		compressed: Flags.boolean({ description: 'ask for, and unpack, a compressed answer', helpGroup: 'HTTP' }),
		'max-body': Flags.integer({ description: 'bytes of an answer that are read before it is too large', default: 1_048_576, helpGroup: 'HTTP' }),
		insecure: Flags.boolean({ char: 'k', description: 'take any certificate', helpGroup: 'TLS' }),
		ca: Flags.string({ description: 'trust these roots', helpValue: 'FILE', helpGroup: 'TLS' }),
		cert: Flags.string({ description: 'our own certificate', helpValue: 'FILE', helpGroup: 'TLS' }),
		key: Flags.string({ description: 'and its key', helpValue: 'FILE', helpGroup: 'TLS' }),
		servername: Flags.string({ description: 'ask for this name instead of the host', helpGroup: 'TLS' }),
		'warn-days': Flags.integer({ description: 'warn of a certificate that ends in fewer days', helpGroup: 'TLS' }),
		rst: Flags.boolean({ description: 'close by RST: leaves no TIME_WAIT, and the endpoint sees a reset' }),
		compare: Flags.boolean({
			description: 'ask all targets the same at the same moment, and name who answers otherwise than the majority, or lags behind',
			helpGroup: 'COMPARE',
		}),
		ignore: Flags.string({
			description: 'leave out what may differ: a JSON path ($.meta.time, $.items[*].id, $..timestamp) or a pattern (/[0-9]+ms/); repeatable',
			helpValue: "'$..time'",
			helpGroup: 'COMPARE',
			...many,
		}),
		digest: Flags.string({ description: 'compare only this value of the body', helpValue: "'$.hash'", helpGroup: 'COMPARE' }),
		height: Flags.string({ description: 'how far a replica has come, decimal or 0x…: who is behind lags', helpValue: "'$.result'", helpGroup: 'COMPARE' }),
		'max-lag': Flags.integer({ description: 'so far behind the furthest is tolerated (0 unless set)', helpGroup: 'COMPARE' }),
		'compare-header': Flags.string({ description: 'compare this header, too; repeatable', helpValue: 'NAME', helpGroup: 'COMPARE', ...many }),
		option: Flags.string({
			char: 'o',
			description: 'what a protocol may be told (send, expect, starttls, service, …); also in the query of its URL; repeatable',
			helpValue: 'KEY=VALUE',
			...many,
		}),
	};

	async run(): Promise<ProbeResult> {
		const { argv, flags } = await this.parse(Probe);
		const { probeMain } = await import('../probe-main.js');
		const abort = new AbortController();
		const unhear = this.onInterrupt((signal) => abort.abort(signal));
		const { stdout, stderr } = process;
		const json = this.jsonEnabled();
		const silent = json && flags.output === undefined;
		const { result, exit } = await probeMain(argv as string[], { ...(flags as ProbeFlags), json }, { stdout, stderr, signal: abort.signal }, silent);
		this.saved = !silent;
		unhear();
		return this.finish(result, exit);
	}
}
