import { getServers } from 'node:dns';
import { domainToASCII } from 'node:url';
import type { Clock } from '../model/clock.js';
import { DNS_TYPES, type DnsQuestion, type DnsRecord, dnsLabels } from '../wire/dns.js';
import { durationOption, readAddress, wrongSource } from './address.js';
import { askAgain } from './again.js';
import { addressEntries, type Refresh, recordsOf, refreshMs, srvEntries } from './dns-answer.js';
import { askDns } from './dns-ask.js';
import { type Place, parsePlace } from './entry.js';
import type { Following, Listed, SourceKind, SourceListener } from './source.js';

const LEAST_MS = 1000;
const MOST_MS = 300_000;
const OPTIONS = ['server', 'refresh'];

/** Servers of resolv.conf, or those of `?server=`. */
const serversOf = (address: string, usage: string, typed: string | undefined): (() => Place[]) => {
	if (typed === undefined) return () => getServers().flatMap((text) => parsePlace(text.includes(':') && !text.includes(']') ? `[${text}]` : text, 53) ?? []);
	const servers = typed.split(',').map((text) => {
		const place = parsePlace(/:.*:/.test(text) && !text.startsWith('[') ? `[${text}]` : text, 53);
		if (!place || place.socketPath !== undefined) throw wrongSource(address, `server=IP[:PORT], found ${JSON.stringify(text)}`, usage);
		return place;
	});
	return () => servers;
};

const nameOf = (address: string, usage: string, typed: string): string => {
	const bare = typed.replace(/\.$/, '');
	const name = /^[\x21-\x7e]*$/.test(bare) ? bare : domainToASCII(bare);
	if (name === '' || !dnsLabels(name) || name.includes('/')) throw wrongSource(address, `a name of the DNS, found ${JSON.stringify(typed)}`, usage);
	return name;
};

interface Wanted {
	address: string;
	usage: string;
	questions: DnsQuestion[];
	toEntries: (records: readonly DnsRecord[]) => Listed[];
}

const follow = ({ address, usage, questions, toEntries }: Wanted, listener: SourceListener, clock: Clock): Following => {
	const read = readAddress(address, usage, OPTIONS);
	const servers = serversOf(address, usage, read.options.server);
	const fixed = durationOption(address, usage, read, 'refresh', 0);
	const limits: Refresh = fixed > 0 ? { leastMs: fixed, mostMs: fixed } : { leastMs: LEAST_MS, mostMs: MOST_MS };
	return askAgain(
		async (signal) => {
			const name = questions[0]?.name as string;
			const asked = servers();
			// Both families or neither: half a list is no list.
			const heard = await Promise.all(questions.map(async (question) => recordsOf(await askDns(asked, question, signal), question.type))).catch(
				(error: Error) => {
					throw new Error(`${name}: ${error.message}`);
				},
			);
			const records = heard.flatMap(({ records }) => records);
			const entries = toEntries(records);
			const none = records.length > 0 ? 'the service is not offered (SRV target ".")' : (heard[0]?.none ?? 'no records');
			if (!signal.aborted) listener.listed(entries, entries.length === 0 ? `${name}: ${none}` : undefined);
			return refreshMs(records, limits);
		},
		listener,
		clock,
		fixed > 0 ? fixed : LEAST_MS,
	);
};

/** `srv://_http._tcp.example.org`: names, ports, priorities and weights are the DNS'. Asked again when the records' time to live is over. */
export const srv: SourceKind = {
	usage: 'srv://_SERVICE._PROTO.NAME[?server=IP:PORT]',
	empty: 'keep',
	follow(address, listener, clock) {
		const usage = 'srv://_SERVICE._PROTO.NAME[?server=IP:PORT]';
		const { body, fragment } = readAddress(address, usage, OPTIONS);
		const typed = /^\/\/([^/]*)\/?$/.exec(body)?.[1];
		if (typed === undefined || fragment !== null) throw wrongSource(address, 'a name after srv://', usage);
		const questions = [{ name: nameOf(address, usage, typed), type: DNS_TYPES.SRV as number }];
		return follow({ address, usage, questions, toEntries: srvEntries }, listener, clock);
	},
};

/** `a://NAME:PORT`, `aaaa://NAME:PORT`, `a+aaaa://NAME:PORT`: every address of a name. */
export const addresses: SourceKind = {
	usage: 'a://NAME:PORT[?server=IP:PORT], aaaa://NAME:PORT or a+aaaa://NAME:PORT',
	empty: 'keep',
	follow(address, listener, clock) {
		const usage = 'a://NAME:PORT[?server=IP:PORT], aaaa://NAME:PORT or a+aaaa://NAME:PORT';
		const { scheme, body, fragment } = readAddress(address, usage, OPTIONS);
		const found = /^\/\/([^/:]+):(\d{1,5})\/?$/.exec(body);
		const port = Number(found?.[2]);
		if (!found || fragment !== null || !(port >= 1 && port <= 65_535)) throw wrongSource(address, `NAME:PORT after ${scheme}://`, usage);
		const name = nameOf(address, usage, found[1] as string);
		const questions = scheme.split('+').map((type) => ({ name, type: DNS_TYPES[type.toUpperCase()] as number }));
		return follow({ address, usage, questions, toEntries: (records) => addressEntries(records, port) }, listener, clock);
	},
};
