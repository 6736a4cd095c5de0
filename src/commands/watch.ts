import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import type { WatchFlags } from '../watch-main.js';
import Probe from './probe.js';

const many = { multiple: true, multipleNonGreedy: true } as const;
const { count: _count, format: _format, ...asProbe } = Probe.flags;
const HEAR = 'HEAR REPORTS';
const HOOKS = 'HOOKS';
const DETECT = 'DETECT';

export default class Watch extends BaseCommand {
	static override summary = 'watch endpoints: a live table, a line per change, /metrics, reports pushed to it, hooks';
	static override description =
		'On a terminal a table that changes in place (q quits, j and k scroll); elsewhere one line per change of state, with --json NDJSON by schemas/watch.schema.json. Targets are URLs, NAME=URL, push:NAME for an endpoint that reports by itself, or a source whose endpoints come and go while it is followed: nginx:FILE#upstream haproxy:SOCKET#backend srv:// k8s:// file: (docs/discovery.md). It asks as probe does, and takes its flags. Exit codes: at the end of --for or --count 1 if an endpoint is down, 3 if one was never heard of, else 0; q 0; Ctrl-C 130, SIGTERM 143; 2 usage, 4 a port is taken, 5 --listen beyond loopback. docs/watch.md tells it all.';
	static override examples = [
		'<%= config.bin %> watch http://127.0.0.1:8080/health http://127.0.0.1:8081/health',
		'<%= config.bin %> watch haproxy:/run/haproxy/admin.sock#app --as http://{}/healthz',
		'<%= config.bin %> watch --targets endpoints.txt --listen 127.0.0.1:9180',
		'<%= config.bin %> watch api=http://127.0.0.1:8080/ --detector "rise-fall fall=2 rise=3" --interval 500ms --expect "status == 200"',
		'<%= config.bin %> watch api=http://127.0.0.1:8080/ --on-change "./page.sh {endpoint} {from} {to} {reason}"',
		'<%= config.bin %> watch push:worker-1 --listen 127.0.0.1:9180 --agent-listen 127.0.0.1:9181 --ttl 15s',
		'<%= config.bin %> watch http://127.0.0.1:8080/ --for 30s --json',
	];
	static override strict = false;
	static override args = { target: Args.string({ description: 'what to watch: URLs, NAME=URL, push:NAME, sources' }) };
	static override flags = {
		targets: Flags.string({ char: 'f', description: 'a file of targets, one a line; read again whenever it changes', helpValue: 'FILE' }),
		for: Flags.string({ description: 'end after so long, with a summary', helpValue: '30s' }),
		count: Flags.integer({ char: 'c', description: 'end after so many questions each, with a summary' }),
		samples: Flags.boolean({ description: 'tell of every sample, too' }),
		live: Flags.boolean({ description: 'a live table on a terminal; --no-live: a line per change there, too', default: true, allowNo: true }),
		detector: Flags.string({
			description: 'who decides: rise-fall, windowed, phi, phi-exponential, chen, ttl, with settings (docs/detectors.md); JSON is taken, too',
			default: 'rise-fall',
			helpValue: "'phi threshold=8'",
			helpGroup: DETECT,
		}),
		outlier: Flags.string({
			description: 'also compare the endpoints with each other: settings of the cohort outlier, or "default"',
			helpValue: "'successVolume=10'",
			helpGroup: DETECT,
		}),
		fast: Flags.string({
			description: 'ask again so soon while a change is to be confirmed (default: a quarter of the interval, at most 250ms); off: never',
			helpValue: '250ms',
			helpGroup: DETECT,
		}),
		'down-interval': Flags.string({
			description: 'between two questions to an endpoint that is down (default: as always)',
			helpValue: '5s',
			helpGroup: DETECT,
		}),
		listen: Flags.string({
			description: 'serve /metrics, /status, /healthz and take POST /report/NAME; port 0 is any free one',
			helpValue: '127.0.0.1:9180',
			helpGroup: HEAR,
		}),
		'agent-listen': Flags.string({
			description: 'take lines of HAProxy agents over TCP: "NAME up 50%", "NAME down #reason"',
			helpValue: '127.0.0.1:9181',
			helpGroup: HEAR,
		}),
		allow: Flags.string({ description: 'allow --listen on this address, which is not loopback; repeatable', helpValue: 'HOST', helpGroup: HEAR, ...many }),
		'accept-unknown': Flags.boolean({ description: 'a report of an unknown name makes a new endpoint', helpGroup: HEAR }),
		ttl: Flags.string({
			description: 'a report that says no TTL of its own is good for so long; then silence is down',
			default: '30s',
			helpValue: '30s',
			helpGroup: HEAR,
		}),
		'load-above': Flags.integer({ description: 'a reported load above this is a warning', default: 100, min: 0, helpGroup: HEAR }),
		'load-below': Flags.integer({ description: 'below this it is well again (default: 80, or load-above if that is less)', min: 0, helpGroup: HEAR }),
		'on-change': Flags.string({
			description: 'run this at every change between up, warning and down; no shell; {endpoint} {from} {to} {reason} {by} {time} are filled; repeatable',
			helpValue: "'./page.sh {endpoint} {to}'",
			helpGroup: HOOKS,
			...many,
		}),
		'hook-timeout': Flags.string({ description: 'a hook that takes longer is ended', default: '10s', helpValue: '10s', helpGroup: HOOKS }),
		'hook-jobs': Flags.integer({ description: 'so many hooks run at a time', default: 4, min: 1, max: 64, helpGroup: HOOKS }),
		...asProbe,
	};

	async run(): Promise<void> {
		const { argv, flags } = await this.parse(Watch);
		const { watchMain } = await import('../watch-main.js');
		const abort = new AbortController();
		const unhear = this.onInterrupt((signal) => abort.abort(signal));
		const { stdout, stderr, stdin, env } = process;
		const interrupt = (name: NodeJS.Signals): void => void process.kill(process.pid, name);
		const exit = await watchMain(
			argv as string[],
			{ ...(flags as WatchFlags), json: this.jsonEnabled() },
			{ stdout, stderr, stdin, env, interrupt, signal: abort.signal },
		);
		unhear();
		return this.finish(undefined, exit);
	}

	/** Its document is a stream, and has been told. */
	override logJson(json: unknown): void {
		if ((json as { error?: unknown } | undefined)?.error !== undefined) super.logJson(json);
	}
}
