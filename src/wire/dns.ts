import { Malformed } from './cut.js';

/** RFC 1035, 3.2.2 and what came after: https://www.iana.org/assignments/dns-parameters */
export const DNS_TYPES: Readonly<Record<string, number>> = {
	A: 1,
	NS: 2,
	CNAME: 5,
	SOA: 6,
	PTR: 12,
	MX: 15,
	TXT: 16,
	AAAA: 28,
	SRV: 33,
	NAPTR: 35,
	DS: 43,
	DNSKEY: 48,
	SVCB: 64,
	HTTPS: 65,
	ANY: 255,
	CAA: 257,
};
export const DNS_RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED', 'YXDOMAIN', 'YXRRSET', 'NXRRSET', 'NOTAUTH', 'NOTZONE'] as const;
const TYPE_NAMES = new Map(Object.entries(DNS_TYPES).map(([name, n]) => [n, name]));
const OPT = 41;
const IN = 1;

export const dnsTypeName = (type: number): string => TYPE_NAMES.get(type) ?? `TYPE${type}`;
export const dnsRcodeName = (rcode: number): string => DNS_RCODES[rcode] ?? (rcode === 16 ? 'BADVERS' : `RCODE${rcode}`);

export interface DnsQuestion {
	/** Without the last dot; '' is the root. */
	name: string;
	type: number;
}
export interface DnsRecord extends DnsQuestion {
	ttl: number;
	/** As in a zone file; `\# 4 0a000001` for types that are not known here (RFC 3597). */
	data: string;
}
export interface DnsMessage {
	id: number;
	isResponse: boolean;
	authoritative: boolean;
	truncated: boolean;
	/** With EDNS' upper bits (RFC 6891). */
	rcode: number;
	questions: (DnsQuestion & { class: number })[];
	answers: DnsRecord[];
}

const latin1 = new TextDecoder('latin1');
const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

/** Labels of a name; null for one that the wire cannot carry (RFC 1035, 2.3.4). ASCII only: names of other scripts come as xn--. */
export const dnsLabels = (name: string): string[] | null => {
	const bare = name.replace(/\.$/, '');
	if (bare === '') return [];
	const labels = bare.split('.');
	const fits = labels.every((label) => label.length >= 1 && label.length <= 63 && /^[\x21-\x7e]+$/.test(label));
	return fits && bare.length <= 253 ? labels : null;
};

/** A question (RFC 1035, 4.1), asking for recursion, and with EDNS for answers of up to `udpSize` bytes; 0: without EDNS. Throws RangeError. */
export const dnsQuery = (id: number, { name, type }: DnsQuestion, udpSize: number): Uint8Array => {
	const labels = dnsLabels(name);
	if (!labels) throw new RangeError(`no name for the DNS: ${name}`);
	const out = [id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, udpSize > 0 ? 1 : 0];
	for (const label of labels) out.push(label.length, ...Array.from(label, (c) => c.charCodeAt(0)));
	out.push(0, type >> 8, type & 255, 0, IN);
	if (udpSize > 0) out.push(0, 0, OPT, udpSize >> 8, udpSize & 255, 0, 0, 0, 0, 0, 0);
	return Uint8Array.from(out);
};

/** So many answers are read; more is nothing to check health by. */
const MAX_RECORDS = 512;

/**
 * A whole message. Throws Malformed for whatever does not lie within its bytes: a compression pointer must point before
 * itself (RFC 1035, 4.1.4, "prior occurrence"), so that no name can go in circles.
 */
export const readDns = (bytes: Uint8Array): DnsMessage => {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	let at = 0;
	const need = (length: number): void => {
		if (at + length > bytes.length) throw new Malformed('it ends in the middle');
	};
	const u8 = (): number => {
		need(1);
		return bytes[at++] as number;
	};
	const u16 = (): number => {
		need(2);
		at += 2;
		return view.getUint16(at - 2);
	};
	const u32 = (): number => {
		need(4);
		at += 4;
		return view.getUint32(at - 4);
	};
	const name = (): string => {
		let text = '';
		let length = 0;
		/** Where to go on reading after the first pointer. */
		let back = -1;
		let limit = at;
		for (;;) {
			const size = u8();
			if (size === 0) break;
			if (size >= 0xc0) {
				const to = ((size & 0x3f) << 8) | u8();
				if (back < 0) back = at;
				if (to >= limit) throw new Malformed('a name that points forward or at itself');
				limit = to;
				at = to;
				continue;
			}
			if (size >= 0x40) throw new Malformed('a label of an unknown kind');
			need(size);
			length += size + 1;
			if (length > 254) throw new Malformed('a name over 255 bytes');
			text += `${text === '' ? '' : '.'}${escaped(bytes.subarray(at, at + size), /[\x21-\x7e]/, '."\\')}`;
			at += size;
		}
		if (back >= 0) at = back;
		return text;
	};
	const text = (end: number): string => {
		const size = u8();
		if (at + size > end) throw new Malformed('a text longer than its record');
		at += size;
		return `"${escaped(bytes.subarray(at - size, at), /[\x20-\x7e]/, '"\\')}"`;
	};
	const dotted = (): string => `${name()}.`;
	const dataOf = (type: number, end: number): string => {
		switch (dnsTypeName(type)) {
			case 'A':
				if (end - at !== 4) throw new Malformed('an A of another length than 4');
				return `${u8()}.${u8()}.${u8()}.${u8()}`;
			case 'AAAA':
				if (end - at !== 16) throw new Malformed('an AAAA of another length than 16');
				return ipv6(Array.from({ length: 8 }, u16));
			case 'NS':
			case 'CNAME':
			case 'PTR':
				return dotted();
			case 'MX':
				return `${u16()} ${dotted()}`;
			case 'SRV':
				return `${u16()} ${u16()} ${u16()} ${dotted()}`;
			case 'SOA':
				return `${dotted()} ${dotted()} ${u32()} ${u32()} ${u32()} ${u32()} ${u32()}`;
			case 'TXT': {
				const texts: string[] = [];
				while (at < end) texts.push(text(end));
				return texts.join(' ');
			}
			case 'CAA': {
				const flags = u8();
				const size = u8();
				if (at + size > end) throw new Malformed('a tag longer than its record');
				const tag = escaped(bytes.subarray(at, at + size), /[\x21-\x7e]/, '"\\');
				const value = escaped(bytes.subarray(at + size, end), /[\x20-\x7e]/, '"\\');
				at = end;
				return `${flags} ${tag} "${value}"`;
			}
			default: {
				const raw = hex(bytes.subarray(at, end));
				at = end;
				return `\\# ${raw.length / 2}${raw === '' ? '' : ` ${raw}`}`;
			}
		}
	};
	let extended = 0;
	const record = (keep: DnsRecord[] | null): void => {
		const owner = name();
		const type = u16();
		u16();
		const ttl = u32();
		const size = u16();
		need(size);
		const end = at + size;
		if (type === OPT) extended = ttl >>> 24;
		if (keep) {
			const data = dataOf(type, end);
			if (at !== end) throw new Malformed(`a ${dnsTypeName(type)} of another length than it says`);
			keep.push({ name: owner, type, ttl, data });
		}
		at = end;
	};

	const id = u16();
	const flags = u16();
	const [asked, answered, authorities, additional] = [u16(), u16(), u16(), u16()];
	if (asked + answered + authorities + additional > MAX_RECORDS) throw new Malformed(`over ${MAX_RECORDS} records`);
	const truncated = (flags & 0x0200) !== 0;
	const questions = Array.from({ length: asked }, () => ({ name: name(), type: u16(), class: u16() }));
	const answers: DnsRecord[] = [];
	try {
		for (let i = 0; i < answered; i++) record(answers);
		for (let i = 0; i < authorities + additional; i++) record(null);
	} catch (error) {
		// What is cut off by its sender may end anywhere, and is not used.
		if (!truncated) throw error;
	}
	return {
		id,
		isResponse: (flags & 0x8000) !== 0,
		authoritative: (flags & 0x0400) !== 0,
		truncated,
		rcode: (extended << 4) | (flags & 15),
		questions,
		answers,
	};
};

/** As in a zone file: `\.` and `\013` (RFC 1035, 5.1). */
const escaped = (bytes: Uint8Array, plain: RegExp, special: string): string => {
	const text = latin1.decode(bytes);
	let out = '';
	for (let i = 0; i < bytes.length; i++) {
		const c = text[i] as string;
		if ((bytes[i] as number) > 126 || !plain.test(c)) out += `\\${String(bytes[i]).padStart(3, '0')}`;
		else out += special.includes(c) ? `\\${c}` : c;
	}
	return out;
};

/** RFC 5952: the longest run of two or more zeros becomes `::`. */
const ipv6 = (groups: readonly number[]): string => {
	let [best, bestAt] = [1, -1];
	for (let i = 0; i < 8; i++) {
		let n = 0;
		while (i + n < 8 && groups[i + n] === 0) n++;
		if (n > best) [best, bestAt] = [n, i];
	}
	const words = groups.map((g) => g.toString(16));
	return bestAt < 0 ? words.join(':') : `${words.slice(0, bestAt).join(':')}::${words.slice(bestAt + best).join(':')}`;
};
