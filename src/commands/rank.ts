import { Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import type { RankResult } from '../checks/probe/ranked.js';
import type { RankFlags } from '../rank-main.js';
import Probe from './probe.js';

const probe = Probe.flags;
const many = { multiple: true, multipleNonGreedy: true } as const;

export default class Rank extends BaseCommand {
	static override summary = 'which endpoint is best? probes them, and ranks them as a load-balancing policy would';
	static override description =
		'Targets are URLs or sources of them, as for probe; what a source says of weights is taken. Each place has its reason; the weights can be written as the lines of a balancer. --compare plays every policy on the measured latencies in virtual time and recommends one. docs/policies.md says what each policy is. Exit codes: 0 ranked, 1 an endpoint is down or an expectation failed (ranked all the same), 2 usage, 3 inconclusive (our own failures, or too few samples), 4 a source cannot be asked, 130/143 interrupted.';
	static override examples = [
		'<%= config.bin %> rank http://127.0.0.1:8080/ http://127.0.0.1:8081/ http://127.0.0.1:8082/',
		'<%= config.bin %> rank http://10.0.0.1/ http://10.0.0.2/ --count 50 --interval 100ms --emit nginx --pool app > weights.conf',
		'<%= config.bin %> rank http://10.0.0.1/ http://10.0.0.2/ --count 200 --interval 50ms --compare --rate 500/s',
		'<%= config.bin %> rank haproxy:/run/haproxy/admin.sock#app --as http --emit haproxy-runtime',
		'<%= config.bin %> rank tcp://10.0.0.1:6379 tcp://10.0.0.2:6379 --policy rendezvous --key user-17',
		'<%= config.bin %> rank http://10.0.0.1/ http://10.0.0.2/ --policy weighted --weight http://10.0.0.1/=3 --json',
	];
	static override strict = false;
	static override args = Probe.args;
	static override flags = {
		count: probe.count,
		interval: probe.interval,
		timeout: probe.timeout,
		expect: probe.expect,
		as: probe.as,
		fresh: probe.fresh,
		policy: Flags.string({ char: 'p', description: 'by what to rank: a policy of docs/policies.md (least-response-time)', helpValue: 'p2c-peak-ewma' }),
		key: Flags.string({ description: 'for keyed policies: who has this key, who is next', helpValue: 'user-17' }),
		weight: Flags.string({ char: 'w', description: 'how big an endpoint is (1); repeatable', helpValue: 'TARGET=3', ...many }),
		emit: Flags.string({ description: 'nothing but the weights: nginx, haproxy, haproxy-runtime, envoy or json', helpValue: 'nginx' }),
		pool: Flags.string({ description: 'name of the upstream, backend or cluster of --emit (daruma)', helpValue: 'app' }),
		compare: Flags.boolean({ description: 'simulate every policy on what was measured, and recommend one' }),
		rate: Flags.string({ description: 'requests per second of --compare (200/s)', helpValue: '200/s' }),
		clients: Flags.integer({ description: 'balancers that know nothing of each other, of --compare (1)' }),
		format: Flags.string({ description: 'how to tell it: table, json, ndjson or prometheus', default: 'table', helpValue: 'table' }),
		output: probe.output,
		seed: probe.seed,
		header: probe.header,
		method: probe.method,
		body: probe.body,
		http: probe.http,
		follow: probe.follow,
		proxy: probe.proxy,
		compressed: probe.compressed,
		'max-body': probe['max-body'],
		insecure: probe.insecure,
		ca: probe.ca,
		cert: probe.cert,
		'tls-key': probe.key,
		servername: probe.servername,
		'warn-days': probe['warn-days'],
		rst: probe.rst,
		option: probe.option,
	};

	async run(): Promise<RankResult> {
		const { argv, flags } = await this.parse(Rank);
		const { rankMain } = await import('../rank-main.js');
		const abort = new AbortController();
		const unhear = this.onInterrupt((signal) => abort.abort(signal));
		const { stdout, stderr } = process;
		const json = this.jsonEnabled();
		const silent = json && flags.output === undefined;
		const { result, exit } = await rankMain(argv as string[], { ...(flags as RankFlags), json }, { stdout, stderr, signal: abort.signal }, silent);
		this.saved = !silent;
		unhear();
		return this.finish(result, exit);
	}
}
