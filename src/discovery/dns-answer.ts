import { DNS_TYPES, type DnsMessage, type DnsRecord, dnsRcodeName } from '../wire/dns.js';
import { entryAt, parsePlace } from './entry.js';
import type { Listed } from './source.js';

export interface Refresh {
	leastMs: number;
	mostMs: number;
}

/** When to ask again: when the first record's time to live is over, within the limits. Without records (a negative answer): at `noneMs`. */
export const refreshMs = (records: readonly Pick<DnsRecord, 'ttl'>[], { leastMs, mostMs }: Refresh, noneMs = 5000): number =>
	records.length === 0 ? Math.min(mostMs, Math.max(leastMs, noneMs)) : Math.min(mostMs, Math.max(leastMs, Math.min(...records.map(({ ttl }) => ttl * 1000))));

const wordOf = (rcode: number): string => (rcode === 0 ? 'no records' : dnsRcodeName(rcode));

/** The records that were asked for. `none`: why there are none, of an answer that says so. Throws for an answer that says nothing (SERVFAIL …). */
export const recordsOf = ({ rcode, answers }: DnsMessage, type: number): { records: DnsRecord[]; none: string | null } => {
	// A name that does not exist is an answer, also behind an alias (RFC 2308, 2.1).
	if (rcode !== 0 && rcode !== 3) throw new Error(wordOf(rcode));
	const records = rcode === 0 ? answers.filter((record) => record.type === type) : [];
	return { records, none: records.length === 0 ? wordOf(rcode) : null };
};

/** A and AAAA records → entries with the port that goes with all of them. */
export const addressEntries = (records: readonly DnsRecord[], port: number): Listed[] => records.map(({ data }) => entryAt({ host: data, port }, 1, 'unknown'));

/**
 * SRV records (RFC 2782): the lowest priority takes the traffic, the others are backups; weights share it within one.
 * A weight of 0 is "a very small chance": 1 here. A single target `.` means that there is no such service.
 */
export const srvEntries = (records: readonly DnsRecord[]): Listed[] => {
	const read = records.flatMap(({ type, data }) => {
		const [, priority, weight, port, name] = /^(\d+) (\d+) (\d+) (\S*)$/.exec(data) ?? [];
		const host = name?.replace(/\.$/, '') ?? '';
		return type !== DNS_TYPES.SRV || !parsePlace(`${host}:${port}`) ? [] : [{ priority: Number(priority), weight: Number(weight), port: Number(port), host }];
	});
	const first = Math.min(...read.map(({ priority }) => priority));
	return read
		.sort((a, b) => a.priority - b.priority || b.weight - a.weight || (a.host < b.host ? -1 : 1))
		.map(({ priority, weight, port, host }) => {
			const backup = priority > first;
			return entryAt({ host, port }, Math.max(1, weight), 'unknown', { backup, ...(backup && { detail: `priority ${priority}` }) });
		});
};
