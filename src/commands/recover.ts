import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import type { RecoverFlags } from '../recover-main.js';
import Probe from './probe.js';

const { interval, timeout, seed, header, method, body, http, insecure, ca, cert, key, servername, option } = Probe.flags;
const LIMITS = 'LIMITS';
const DETECT = 'DETECT';
const ACT = 'ACT';

export default class Recover extends BaseCommand {
	static override summary = 'supervise endpoints, and restart them or take them out of a balancer when they are down, within limits';
	static override description =
		'It asks the targets as watch does, and acts only on what is named: --exec runs a command for the endpoint that is down (no shell; {endpoint} {host} {port} are filled), --haproxy sets its server to maint and to ready again through the runtime API, --nginx marks it down in a file and reloads, --consul puts it into maintenance mode at its agent. One action at a time, with back-off, at most so many in a window, never more than a share of the endpoints out at once. Every action is a line, with its duration; --json writes NDJSON by schemas/recover.schema.json. At its end it brings in what it took out. Exit codes: at the end of --for 1 if an endpoint is down or an action failed, 3 if one was never heard of, else 0; Ctrl-C 130, SIGTERM 143; 2 usage, 4 the balancer cannot be reached.';
	static override examples = [
		"<%= config.bin %> recover api-1=http://127.0.0.1:8081/health --exec 'systemctl restart api@{port}'",
		'<%= config.bin %> recover http://10.0.0.1:80/ http://10.0.0.2:80/ --haproxy /run/haproxy/admin.sock#api --dry-run',
		"<%= config.bin %> recover http://10.0.0.1:80/ http://10.0.0.2:80/ --nginx /etc/nginx/conf.d/api.conf#api --reload 'nginx -s reload'",
		'<%= config.bin %> recover http://10.0.0.1:80/ http://10.0.0.2:80/ --consul http://127.0.0.1:8500/web',
	];
	static override strict = false;
	static override args = { target: Args.string({ description: 'what to supervise: URLs, NAME=URL', required: true }) };
	static override flags = {
		exec: Flags.string({ description: 'run this for an endpoint that is down', helpValue: "'systemctl restart api@{port}'", helpGroup: ACT }),
		haproxy: Flags.string({ description: 'a stats socket with level admin, and a backend', helpValue: 'SOCKET#BACKEND', helpGroup: ACT }),
		nginx: Flags.string({ description: 'a configuration file, and an upstream in it', helpValue: 'FILE#UPSTREAM', helpGroup: ACT }),
		consul: Flags.string({ description: 'the agent that the instances are registered with, and their service', helpValue: 'URL/SERVICE', helpGroup: ACT }),
		reload: Flags.string({ description: 'how nginx is told (default: nginx -s reload)', helpValue: "'nginx -s reload'", helpGroup: ACT }),
		within: Flags.string({ description: 'for one command to end, and then for its endpoint to be up', default: '30s', helpValue: '30s', helpGroup: ACT }),
		'dry-run': Flags.boolean({ char: 'n', description: 'say what would be done, and do nothing', helpGroup: ACT }),
		for: Flags.string({ description: 'end after so long', helpValue: '1h' }),
		fall: Flags.integer({ description: 'failures in a row that make it down', default: 3, helpGroup: DETECT }),
		rise: Flags.integer({ description: 'good answers in a row that make it up', default: 2, helpGroup: DETECT }),
		most: Flags.integer({ description: 'actions at one endpoint within the window; then it is given up', default: 5, helpGroup: LIMITS }),
		window: Flags.string({ description: 'the window of --most', default: '1m', helpValue: '1m', helpGroup: LIMITS }),
		'backoff-base': Flags.string({ description: 'wait before the second try', default: '500ms', helpValue: '500ms', helpGroup: LIMITS }),
		'backoff-max': Flags.string({ description: 'longest wait', default: '30s', helpValue: '30s', helpGroup: LIMITS }),
		stable: Flags.string({ description: 'up for so long: the past is forgotten', default: '30s', helpValue: '30s', helpGroup: LIMITS }),
		hold: Flags.string({ description: 'after a success, nothing is done for so long', default: '2s', helpValue: '2s', helpGroup: LIMITS }),
		share: Flags.string({
			description: 'of the endpoints that may be worked on, or out, at once; one may always',
			default: '0.5',
			helpValue: '50%',
			helpGroup: LIMITS,
		}),
		together: Flags.integer({ description: 'actions at the same time', default: 1, helpGroup: LIMITS }),
		interval,
		timeout,
		seed,
		header,
		method,
		body,
		http,
		insecure,
		ca,
		cert,
		key,
		servername,
		option,
	};

	async run(): Promise<void> {
		const { argv, flags } = await this.parse(Recover);
		const { recoverMain } = await import('../recover-main.js');
		const abort = new AbortController();
		const unhear = this.onInterrupt((signal) => abort.abort(signal));
		const exit = await recoverMain(
			argv as string[],
			{ ...(flags as RecoverFlags), json: this.jsonEnabled() },
			{ stdout: process.stdout, signal: abort.signal },
		);
		unhear();
		return this.finish(undefined, exit);
	}

	/** Its document is a stream, and has been told. */
	override logJson(json: unknown): void {
		if ((json as { error?: unknown } | undefined)?.error !== undefined) super.logJson(json);
	}
}
