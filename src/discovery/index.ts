import { resolve } from 'node:path';
import { usageError } from '../model/errors.js';
import { nearest } from '../model/nearest.js';
import { splitAddress } from './address.js';
import { LastGood } from './last-good.js';
import { type LiveOptions, LiveRoster, type RosterListener } from './live-roster.js';
import type { SourceKind } from './source.js';

/** One more source: one file, one line here, one test of the same name. Keys are the schemes of addresses. */
export const SOURCES: Readonly<Record<string, () => Promise<SourceKind>>> = {
	nginx: async () => (await import('./nginx.js')).nginx,
	'nginx+plus': async () => (await import('./nginx-plus.js')).nginxPlus,
	'nginx+plus+https': async () => (await import('./nginx-plus.js')).nginxPlus,
	haproxy: async () => (await import('./haproxy.js')).haproxy,
	srv: async () => (await import('./dns.js')).srv,
	a: async () => (await import('./dns.js')).addresses,
	aaaa: async () => (await import('./dns.js')).addresses,
	'a+aaaa': async () => (await import('./dns.js')).addresses,
	k8s: async () => (await import('./k8s.js')).k8s,
	file: async () => (await import('./file.js')).file,
	consul: async () => (await import('./consul.js')).consul,
	zk: async () => (await import('./zookeeper.js')).zookeeper,
	etcd: async () => (await import('./etcd.js')).etcd,
};

/** Does this begin as a source does, rather than as a target? */
export const isSource = (typed: string): boolean => {
	const scheme = /^\s*([a-z][a-z0-9+.-]*):/i.exec(typed)?.[1]?.toLowerCase();
	return scheme !== undefined && Object.hasOwn(SOURCES, scheme);
};

/** What every source's address may say besides: these never reach the source itself. */
const COMMON: Readonly<Record<string, readonly string[] | 'FILE'>> = { empty: ['accept', 'keep'], only: ['up'], last: 'FILE' };

/** The address without what is for us, the rest as it was typed. */
const takeCommon = (address: string): { bare: string; common: Record<string, string> } => {
	const common: Record<string, string> = {};
	const bare = address.trim().replace(/\?([^#]*)/, (_, query: string) => {
		const kept = query.split('&').filter((pair) => {
			const [name = '', value = ''] = [...new URLSearchParams(pair)][0] ?? [];
			const values = Object.hasOwn(COMMON, name) ? COMMON[name] : undefined;
			if (!values) return true;
			if (values === 'FILE' ? value === '' : !values.includes(value))
				throw usageError(
					'E_SOURCE',
					`source ${JSON.stringify(address)}: expected ${name}=${values === 'FILE' ? values : values.join('|')}, found ${JSON.stringify(value)}`,
				);
			common[name] = value;
			return false;
		});
		return kept.length === 0 ? '' : `?${kept.join('&')}`;
	});
	return { bare, common };
};

/** The kind of source that an address names, and what of the address is for it. @throws {DarumaError} E_SOURCE (exit 2). */
export const loadSource = async (address: string): Promise<{ kind: SourceKind; bare: string; common: Record<string, string> }> => {
	const scheme = splitAddress(address)?.scheme ?? '';
	const load = Object.hasOwn(SOURCES, scheme) ? SOURCES[scheme] : undefined;
	if (!load) {
		const names = Object.keys(SOURCES);
		const near = nearest(scheme, names);
		throw usageError(
			'E_SOURCE',
			`source ${JSON.stringify(address)}: expected an address that begins with one of ${names.join(', ')}`,
			near ? `did you mean ${near}:?` : 'such as nginx:/etc/nginx/nginx.conf#backend, or file:endpoints.txt',
		);
	}
	return { kind: await load(), ...takeCommon(address) };
};

/**
 * Follows a source. `?empty=accept|keep` says whether an empty list is an answer, `?only=up` leaves out what the source
 * itself says is down, `?last=FILE` keeps the last good list for runs to come. @throws {DarumaError} E_SOURCE (exit 2) for an address that cannot be right.
 */
export const openSource = async (address: string, { clock, map }: Pick<LiveOptions, 'clock' | 'map'>, listener: RosterListener = {}): Promise<LiveRoster> => {
	const { kind, bare, common } = await loadSource(address);
	const empty = (common.empty as 'accept' | 'keep' | undefined) ?? kind.empty ?? 'accept';
	const lastGood = common.last === undefined ? null : new LastGood(resolve(common.last));
	return new LiveRoster(kind, bare, { empty, onlyUp: common.only === 'up', lastGood, clock, ...(map && { map }) }, listener);
};
