import { durationOption, readAddress, wrongSource } from './address.js';
import { askAgain } from './again.js';
import { entryAt, parsePlace } from './entry.js';
import { httpGet } from './http-get.js';
import type { Listed, SourceKind } from './source.js';

const usage = 'nginx+plus://HOST:PORT/api/9#UPSTREAM';
const EVERY_MS = 1000;
const TIMEOUT_MS = 5000;

/** Peers' states (https://nginx.org/en/docs/http/ngx_http_api_module.html): `checking` has not passed its first check, and gets no traffic before. */
const STATUS: Readonly<Record<string, Listed['status']>> = { up: 'up', draining: 'down', down: 'down', unavail: 'down', checking: 'down', unhealthy: 'down' };

/** The peers of one upstream of the API. Throws what is wrong with the answer. */
export const readPeers = (data: unknown): { entries: Listed[]; note?: string } => {
	const peers = (data as { peers?: unknown } | null)?.peers;
	if (!Array.isArray(peers)) throw new Error('its answer has no peers');
	const entries: Listed[] = [];
	const unlisted: string[] = [];
	for (const { server, name, weight = 1, backup = false, state } of peers) {
		const place = parsePlace(String(server ?? ''), 80);
		if (!place) {
			unlisted.push(String(name ?? server));
			continue;
		}
		const called = name !== undefined && name !== server ? [String(name)] : [];
		const detail = [...called, ...(state === undefined || state === 'up' ? [] : [String(state)])].join(' ');
		entries.push(entryAt(place, Math.max(1, Number(weight) || 1), STATUS[String(state)] ?? 'unknown', { detail, backup: backup === true }));
	}
	return unlisted.length > 0 ? { entries, note: `without an address: ${unlisted.join(', ')}` } : { entries };
};

/** An upstream of NGINX Plus as its API tells it, states and run-time changes included. `?kind=stream`: of the stream module. */
export const nginxPlus: SourceKind = {
	usage,
	follow(address, listener, clock) {
		const read = readAddress(address, usage, ['every', 'kind']);
		const { scheme, body, options, fragment } = read;
		const everyMs = durationOption(address, usage, read, 'every', EVERY_MS);
		const kind = options.kind ?? 'http';
		if (kind !== 'http' && kind !== 'stream') throw wrongSource(address, `kind=http or kind=stream, found ${JSON.stringify(kind)}`, usage);
		if (fragment === null || fragment === '') throw wrongSource(address, 'an upstream after #', usage);
		const web = `${scheme.endsWith('+https') ? 'https' : 'http'}:${body}`;
		if (!body.startsWith('//') || !URL.canParse(web)) throw wrongSource(address, 'HOST:PORT and the path of the API', usage);
		const base = new URL(web);
		const path = base.pathname === '/' ? '/api/9' : base.pathname.replace(/\/+$/, '');
		const url = new URL(`${path}/${kind}/upstreams/${encodeURIComponent(fragment)}`, base);
		const headers =
			base.username === ''
				? {}
				: { authorization: `Basic ${Buffer.from(`${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`).toString('base64')}` };
		url.username = '';
		url.password = '';
		return askAgain(
			async (signal) => {
				const ask = async () => {
					const { status, body } = await httpGet(url, { signal, timeoutMs: TIMEOUT_MS, headers });
					if (status === 404) throw new Error(`it has no ${kind} upstream ${fragment} (an upstream needs a zone to be in the API)`);
					if (status !== 200) throw new Error(`it answered ${status}`);
					return readPeers(JSON.parse(body));
				};
				const { entries, note } = await ask().catch((error: Error) => {
					throw new Error(`${url.href}: ${error.message}`);
				});
				if (!signal.aborted) listener.listed(entries, note);
				return everyMs;
			},
			listener,
			clock,
			everyMs,
		);
	},
};
