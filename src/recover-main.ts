import * as defaults from './config/defaults.js';
import type { RecoverBy, RecoverNews, RecoverPlan } from './engine/recover.js';
import { EXIT, type ExitCode, usageError } from './model/errors.js';
import type { Target } from './model/target.js';
import { atLeast, duration, type ProbeFlags, probeOptions, wrong } from './probe-main.js';

/** The flags of `recover`: some of `probe`, and its own. */
export interface RecoverFlags extends ProbeFlags {
	exec?: string;
	haproxy?: string;
	consul?: string;
	nginx?: string;
	reload?: string;
	fall?: number;
	rise?: number;
	most?: number;
	window?: string;
	'backoff-base'?: string;
	'backoff-max'?: string;
	stable?: string;
	hold?: string;
	share?: string;
	together?: number;
	within?: string;
	for?: string;
	'dry-run'?: boolean;
}

/** Words as a shell would see them, or a JSON array; the program must be there. */
const command = async (flag: string, typed: string): Promise<string[]> => {
	const [{ splitWords }, { findProgram }] = await Promise.all([import('./model/command-words.js'), import('./systems/program.js')]);
	let words: unknown = null;
	try {
		words = typed.trimStart().startsWith('[') ? JSON.parse(typed) : splitWords(typed);
	} catch {}
	if (!Array.isArray(words) || !words.every((word) => typeof word === 'string') || !words[0]) return wrong(flag, 'a command, or a JSON array of texts', typed);
	const found = await findProgram(words[0], ['/usr/sbin', '/usr/local/sbin']);
	if (!found)
		throw usageError(
			'E_HOOK',
			`--${flag}: there is no program ${JSON.stringify(words[0])} that may be executed`,
			'no shell is used: name a program, with its path or in PATH',
		);
	return [found, ...words.slice(1)];
};

const place = (flag: string, typed: string, expected: string): [string, string] => {
	const at = typed.lastIndexOf('#');
	if (at < 1 || at === typed.length - 1) return wrong(flag, expected, typed);
	return [typed.slice(0, at), typed.slice(at + 1)];
};

/** `http://HOST:PORT/SERVICE`, or as a source of endpoints is written: `consul://HOST[:8500]/SERVICE[?tls]`. */
const consulOf = (typed: string): Extract<RecoverBy, { kind: 'consul' }> => {
	const found = /^(https?|consul):\/\/(?:([^/?#@]*)@)?([^/?#@]+)\/([^/?#]+)(\?tls)?$/i.exec(typed.trim());
	const [, scheme = '', user = '', host = '', service = '', tls] = found ?? [];
	const own = scheme.toLowerCase() === 'consul';
	const url = `${own ? (tls ? 'https' : 'http') : scheme.toLowerCase()}://${host}${own && !/:\d+$/.test(host) ? ':8500' : ''}`;
	try {
		if (!found || (tls && !own) || !URL.canParse(url)) throw new Error('no such address');
		return { kind: 'consul', url, service: decodeURIComponent(service), token: decodeURIComponent(user.split(':').at(-1) as string) };
	} catch {
		return wrong('consul', 'an agent and a service, such as http://127.0.0.1:8500/web', typed.replace(/\/\/[^/?#]*@/, '//'));
	}
};

const readBy = async (flags: RecoverFlags, targets: readonly Target[]): Promise<RecoverBy> => {
	const named = (['exec', 'haproxy', 'nginx', 'consul'] as const).filter((name) => flags[name] !== undefined);
	if (named.length !== 1)
		throw usageError(
			'E_USAGE',
			`expected exactly one of --exec, --haproxy, --nginx and --consul, found ${named.length === 0 ? 'none' : named.map((name) => `--${name}`).join(' and ')}`,
			"such as --exec 'systemctl restart api@{port}'; nothing is touched that is not named",
		);
	if (flags.reload !== undefined && flags.nginx === undefined) throw usageError('E_USAGE', '--reload belongs to --nginx');
	if (flags.exec !== undefined) return { kind: 'exec', argv: await command('exec', flags.exec) };
	if (flags.haproxy !== undefined) {
		const [socket, backend] = place('haproxy', flags.haproxy, 'a socket and a backend, such as /run/haproxy/admin.sock#api');
		return { kind: 'haproxy', socket, backend };
	}
	if (flags.consul !== undefined) return consulOf(flags.consul);
	const [file, upstream] = place('nginx', flags.nginx as string, 'a file and an upstream, such as /etc/nginx/conf.d/api.conf#api');
	const [{ readFile }, { upstreamServers }] = await Promise.all([import('node:fs/promises'), import('./wire/nginx-upstream.js')]);
	const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => wrong('nginx', `a file that can be read (${error.code})`, file));
	const servers = upstreamServers(text as string, upstream);
	if (typeof servers === 'string') throw usageError('E_FLAG', `--nginx: ${file} cannot be read: ${servers}`);
	for (const { name, host, port } of targets)
		if (!servers.some(({ address }) => address === `${host}:${port}`))
			throw usageError(
				'E_TARGET',
				`${name}: there is no server ${host}:${port} in the upstream ${upstream} of ${file}`,
				`it has ${servers.map((s) => s.address).join(', ') || 'none'}`,
			);
	return { kind: 'nginx', file, upstream, reload: await command('reload', flags.reload ?? 'nginx -s reload') };
};

const share = (typed: string): number => {
	const found = /^(\d+(?:\.\d+)?)(%?)$/.exec(typed);
	const value = found ? Number(found[1]) / (found[2] ? 100 : 1) : 0;
	return value > 0 && value <= 1 ? value : wrong('share', 'a share above 0 and up to 1, such as 0.5 or 50%', typed);
};

/** Reads the command line. Throws exit 2 with what is wrong with it; nothing has been touched. */
export const readRecover = async (typed: readonly string[], flags: RecoverFlags): Promise<RecoverPlan> => {
	const { parseWatched } = await import('./engine/watch/watched.js');
	const targets = typed.map(parseWatched).map((each): Target => {
		if ('push' in each) throw usageError('E_TARGET', `push:${each.push}: recover asks endpoints itself`, 'name a URL');
		return each.target;
	});
	if (targets.length === 0) throw usageError('E_USAGE', 'expected a target such as api-1=http://127.0.0.1:8080/health', 'see: daruma recover --help');
	const twice = targets.find(({ name }, i) => targets.findIndex((t) => t.name === name) !== i);
	if (twice) throw usageError('E_TARGET', `target ${JSON.stringify(twice.name)} is named twice`);
	const { limits, detect } = defaults.recovery();
	const time = (flag: string, typedTime: string | undefined, otherwise: number): number => (typedTime === undefined ? otherwise : duration(flag, typedTime));
	const baseMs = time('backoff-base', flags['backoff-base'], limits.backoff.baseMs);
	return {
		targets,
		by: await readBy(flags, targets),
		detect: {
			everyMs: duration('interval', flags.interval ?? '1s'),
			timeoutMs: duration('timeout', flags.timeout ?? '1s'),
			fall: atLeast('fall', 1, flags.fall ?? detect.fall),
			rise: atLeast('rise', 1, flags.rise ?? detect.rise),
		},
		limits: {
			backoff: { baseMs, maxMs: Math.max(baseMs, time('backoff-max', flags['backoff-max'], limits.backoff.maxMs)), jitter: 'full' },
			most: atLeast('most', 1, flags.most ?? limits.most),
			windowMs: time('window', flags.window, limits.windowMs),
			stableMs: time('stable', flags.stable, limits.stableMs),
			holdMs: time('hold', flags.hold, limits.holdMs),
			maxShare: flags.share === undefined ? limits.maxShare : share(flags.share),
			together: atLeast('together', 1, flags.together ?? limits.together),
		},
		withinMs: duration('within', flags.within ?? '30s'),
		forMs: flags.for === undefined ? null : duration('for', flags.for),
		seed: flags.seed ?? 1,
		dryRun: flags['dry-run'] ?? false,
		probe: { ...probeOptions(flags), keepBody: false },
	};
};

/** One line for people. */
export const describeNews = (news: RecoverNews): string => {
	const at = news.time.slice(11, 23);
	if (news.kind === 'start') return `${at}  watching ${news.endpoints} endpoints, recovery by ${news.by}${news.dryRun ? ' (dry run: nothing is done)' : ''}`;
	if (news.kind === 'state') return `${at}  ${news.endpoint}: ${news.state} (${news.why})`;
	if (news.kind === 'action')
		return `${at}  ${news.endpoint}: ${news.action} ${news.dryRun ? 'not done' : news.ok ? 'done' : 'FAILED'} in ${Math.round(news.durationMs)} ms (${news.detail})`;
	if (news.kind === 'give-up') return `${at}  ${news.endpoint}: GIVEN UP (${news.why})`;
	return `${at}  end: ${news.endpoints.map((e) => `${e.endpoint} ${e.state}`).join(', ')}; ${news.actions} actions, ${news.failed} failed`;
};

/** `daruma recover` from its command line to its exit code. */
export const recoverMain = async (
	typed: readonly string[],
	flags: RecoverFlags,
	io: { stdout: NodeJS.WriteStream; signal: AbortSignal },
): Promise<ExitCode> => {
	const plan = await readRecover(typed, flags);
	const { runRecover } = await import('./engine/recover.js');
	const show = (news: RecoverNews): void => void io.stdout.write(`${flags.json ? JSON.stringify(news) : describeNews(news)}\n`);
	const end = await runRecover(plan, show, io.signal);
	if (end.why === 'SIGINT') return EXIT.interrupted;
	if (end.why === 'SIGTERM') return EXIT.terminated;
	if (end.failed > 0 || end.endpoints.some(({ state }) => state === 'down')) return EXIT.failed;
	return end.endpoints.some(({ state }) => state === 'unknown') ? EXIT.inconclusive : EXIT.ok;
};
