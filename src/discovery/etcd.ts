import { hostPort } from '../model/endpoint.js';
import { usageError } from '../model/errors.js';
import { askRegistry, followLines, type Stream } from '../systems/registry-http.js';
import { rangeEnd, readRange, readWatchLine, revisionOf, toBase64 } from '../wire/etcd.js';
import { readRegistered } from '../wire/registered.js';
import { BackOff, listedOf, readRegistryAddress } from './registry-entry.js';
import type { SourceKind } from './source.js';

const usage = 'etcd://HOST[:PORT][,HOST[:PORT]…]/PREFIX[?tls]';
const TIMEOUT_MS = 5000;
/** A watch is silent as long as nothing changes: so often its server is asked whether it is still there. */
const PULSE_MS = 5000;

/**
 * The keys under a prefix, one endpoint each: a list, then a watch from its revision on. Every change is read again as
 * a whole list, and so is everything after the revision was compacted away. Several members are asked in turn.
 */
export const etcd: SourceKind = {
	usage,
	follow(address, listener, clock) {
		const { hosts, user, password, path, options, shown } = readRegistryAddress(address, 'etcd', 2379, usage, ['tls']);
		const prefix = decodeURIComponent(path);
		if (prefix === '') throw usageError('E_SOURCE', `source ${JSON.stringify(shown)}: expected a prefix of keys after the slash`, `write ${usage}`);
		const scheme = options.has('tls') && options.get('tls') !== 'false' ? 'https' : 'http';
		const range = { key: toBase64(prefix), range_end: rangeEnd(prefix) };

		const abort = new AbortController();
		const backOff = new BackOff(clock);
		let member = 0;
		let token = '';
		let stream: Stream | null = null;
		let pulse = (): void => {};
		let listing = false;
		let stale = false;

		const origin = (): string => `${scheme}://${hostPort(hosts[member % hosts.length]!)}`;
		const post = async (what: string, body: object): Promise<Record<string, unknown>> => {
			const headers: Record<string, string> = { 'content-type': 'application/json', ...(token !== '' && { authorization: token }) };
			const asked = {
				method: 'POST' as const,
				url: `${origin()}/v3/${what}`,
				headers,
				body: JSON.stringify(body),
				timeoutMs: TIMEOUT_MS,
				signal: abort.signal,
			};
			const { status, body: text } = await askRegistry(asked);
			let json: Record<string, unknown> | null = null;
			try {
				json = JSON.parse(text) as Record<string, unknown> | null;
			} catch {
				// Said below, with the status.
			}
			if (status !== 200 || typeof json !== 'object' || json === null) {
				throw new Error(
					`it answered ${status}${typeof json?.message === 'string' ? `: ${json.message.slice(0, 200)}` : json ? '' : ', and no JSON: is this etcd?'}`,
				);
			}
			return json;
		};
		const list = async (): Promise<bigint> => {
			const found = readRange(await post('kv/range', range));
			if (found === null) throw new Error('its answer is no list of keys: is this etcd?');
			const entries = found.pairs.flatMap(({ key, value }) => {
				const entry = readRegistered(key.slice(key.lastIndexOf('/') + 1), value);
				return entry ? [listedOf(entry)] : [];
			});
			if (!abort.signal.aborted) listener.listed(entries);
			return found.revision;
		};
		const failed = (why: string): void => {
			stream?.close();
			stream = null;
			pulse();
			if (abort.signal.aborted) return;
			listener.lost(`etcd at ${hostPort(hosts[member % hosts.length]!)}: ${why}`);
			member += 1;
			backOff.again(() => void begin());
		};
		/** One at a time; what changes meanwhile is read by the next. */
		const relist = async (): Promise<void> => {
			stale = true;
			if (listing) return;
			listing = true;
			try {
				while (stale && stream !== null && !abort.signal.aborted) {
					stale = false;
					await list();
				}
			} catch (error) {
				failed((error as Error).message);
			} finally {
				listing = false;
			}
		};
		const watch = (revision: bigint): void => {
			const body = JSON.stringify({ create_request: { ...range, start_revision: String(revision + 1n) } });
			const headers: Record<string, string> = { 'content-type': 'application/json', ...(token !== '' && { authorization: token }) };
			const mine: Stream = followLines(
				{ method: 'POST', url: `${origin()}/v3/watch`, headers, body, signal: abort.signal },
				(line) => {
					if (stream !== mine) return;
					const news = readWatchLine(line);
					if (news === null) failed('its watch speaks no JSON that we know');
					else if (news.kind === 'ended') failed(news.why);
					else if (news.kind === 'changed') void relist();
					else if (news.kind === 'compacted') {
						mine.close();
						stream = null;
						pulse();
						void begin();
					}
				},
				(why) => {
					if (stream === mine) failed(why);
				},
			);
			stream = mine;
			const beat = (): void => {
				pulse = clock.at(clock.now() + PULSE_MS, () => {
					post('kv/range', { ...range, count_only: true }).then(
						(answer) => {
							if (stream === mine && revisionOf(answer.header) >= 0n) beat();
						},
						(error: Error) => {
							if (stream === mine) failed(error.message);
						},
					);
				});
			};
			beat();
		};
		const begin = async (): Promise<void> => {
			try {
				if (user !== '') {
					token = '';
					const { token: given } = await post('auth/authenticate', { name: user, password });
					token = typeof given === 'string' ? given : '';
				}
				const revision = await list();
				backOff.reset();
				if (!abort.signal.aborted) watch(revision);
			} catch (error) {
				failed((error as Error).message);
			}
		};
		let running = begin();
		return {
			async close() {
				abort.abort();
				backOff.stop();
				pulse();
				stream?.close();
				stream = null;
				await running;
				running = Promise.resolve();
			},
		};
	},
};
