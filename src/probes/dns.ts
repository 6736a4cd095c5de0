import { randomInt } from 'node:crypto';
import { domainToASCII } from 'node:url';
import { usageError } from '../model/errors.js';
import type { Target } from '../model/target.js';
import { type Cut, Malformed } from '../wire/cut.js';
import {
	DNS_RCODES,
	DNS_TYPES,
	type DnsMessage,
	type DnsQuestion,
	type DnsRecord,
	dnsLabels,
	dnsQuery,
	dnsRcodeName,
	dnsTypeName,
	readDns,
} from '../wire/dns.js';
import { Conversation, hear, type Script } from './conversation.js';
import { exchange } from './datagram.js';
import { oneOf, pathOf } from './option.js';
import type { Answer, Probe, ProbeOptions } from './probe.js';
import { failure, type Question, type Reply, simple } from './simple.js';
import { patternOf } from './tcp.js';

/** What goes through everywhere unfragmented (https://www.dnsflagday.net/2020/). */
const UDP_SIZE = 1232;

interface Wanted extends DnsQuestion {
	rcode: number;
	expect: RegExp | Buffer | null;
}

const wantedOf = (target: Target, { more = {} }: ProbeOptions): Wanted => {
	const typed = (more.name ?? pathOf(target.path).replace(/^\//, '')).replace(/\.$/, '');
	const name = /^[\x21-\x7e]*$/.test(typed) ? typed : domainToASCII(typed);
	if ((typed !== '' && name === '') || !dnsLabels(name)) {
		throw usageError('E_TARGET', `${target.name}: expected a name to ask for, such as dns://9.9.9.9/example.org?type=AAAA, found ${JSON.stringify(typed)}`);
	}
	const word = (more.type ?? (name === '' ? 'NS' : 'A')).toUpperCase();
	const numbered = /^TYPE(\d{1,5})$/.exec(word)?.[1];
	const type = Object.hasOwn(DNS_TYPES, word) ? DNS_TYPES[word] : Number(numbered ?? Number.NaN);
	if (type === undefined || Number.isNaN(type) || type < 1 || type > 65_535) {
		throw usageError('E_FLAG', `type: expected one of ${Object.keys(DNS_TYPES).join(', ')} or TYPE<number>, found ${JSON.stringify(more.type)}`);
	}
	const rcode = DNS_RCODES.indexOf(oneOf('rcode', more.rcode?.toUpperCase(), DNS_RCODES, 'NOERROR'));
	return { name, type, rcode, expect: more.expect === undefined ? null : patternOf(more.expect) };
};

const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Is it the answer to this question at all? Throws Malformed. */
const readAnswer = (bytes: Uint8Array, id: number, wanted: Wanted): DnsMessage => {
	const message = readDns(bytes);
	if (!message.isResponse) throw new Malformed('a question for an answer');
	if (message.id !== id) throw new Malformed('an answer to another question (id)');
	const [asked, ...others] = message.questions;
	// A server that could not read the question need not repeat it.
	if (!asked && message.rcode !== 0) return message;
	if (!asked || others.length > 0 || asked.type !== wanted.type || asked.class !== 1 || !sameName(asked.name, wanted.name)) {
		throw new Malformed(`an answer to another question (${asked ? `${asked.name} ${dnsTypeName(asked.type)}` : 'none'})`);
	}
	return message;
};

const judge = ({ rcode, answers }: DnsMessage, wanted: Wanted): Reply => {
	const body = new TextEncoder().encode(answers.map((a) => `${a.name}.\t${a.ttl}\tIN\t${dnsTypeName(a.type)}\t${a.data}\n`).join(''));
	if (rcode !== wanted.rcode) return { ...failure('status', dnsRcodeName(rcode)), status: rcode, body };
	const { expect } = wanted;
	// The last dot of a name, and the quotes of a text, may be left out.
	const holds = ({ data }: DnsRecord): boolean => (expect instanceof RegExp ? expect.test(data) : [`${expect}`, `${expect}.`, `"${expect}"`].includes(data));
	if (expect && !answers.some(holds)) {
		const found = answers.map((a) => a.data).join(', ');
		return { ...failure('expectation', found === '' ? 'no records' : `it answered ${found}`), status: rcode, body };
	}
	return { verdict: 'ok', status: rcode, body, ...(answers.length === 0 && rcode === 0 && { detail: 'no records' }) };
};

/** RFC 7766: each message after its length, two bytes. */
const readFrame = (bytes: Uint8Array): Cut<Uint8Array> | null => {
	if (bytes.length < 2) return null;
	const end = 2 + (((bytes[0] as number) << 8) | (bytes[1] as number));
	return bytes.length < end ? null : { value: bytes.slice(2, end), length: end };
};

const overTcp = (wanted: Wanted): Script => ({
	*question(say) {
		const id = randomInt(65_536);
		const query = dnsQuery(id, wanted, UDP_SIZE);
		say(Uint8Array.from([query.length >> 8, query.length & 255, ...query]));
		const message = readAnswer(yield* hear(readFrame), id, wanted);
		return message.truncated ? failure('protocol', 'truncated over TCP') : judge(message, wanted);
	},
});

/** The same question again over TCP; its connection is not kept. */
const fallBack = (target: Target, options: ProbeOptions, wanted: Wanted, { signal }: Question): Promise<Answer> =>
	new Promise((resolve) => {
		const conversation = new Conversation(target, options, { ...overTcp(wanted), once: true }, resolve);
		signal.addEventListener('abort', () => conversation.close(), { once: true });
		conversation.ask(true);
	});

/**
 * One question by UDP, and again by TCP if the answer is truncated; `more.tcp` = '1': by TCP alone, on a kept connection.
 * The name is the URL's path ('' asks for the root's NS); `more.type` (A), `more.rcode` (NOERROR), `more.expect` (one answer's data is
 * this text, or matches this /regex/). The rcode is the status; the body has the answers as lines of a zone file.
 */
export const dns: Probe = {
	open(target, options, report) {
		const wanted = wantedOf(target, options);
		if (oneOf('tcp', options.more?.tcp, ['0', '1'], '0') === '1') return new Conversation(target, options, overTcp(wanted), report);
		const probe = simple(async (_, { clock, keepBody }, question) => {
			const id = randomInt(65_536);
			const { answer, ...facts } = await exchange(target, clock, question, dnsQuery(id, wanted, UDP_SIZE));
			let message: DnsMessage;
			try {
				message = readAnswer(answer as Buffer, id, wanted);
			} catch (error) {
				return { ...failure('protocol', (error as Error).message), ...facts };
			}
			if (message.truncated) {
				const again = await fallBack({ ...target, host: facts.address }, options, wanted, question);
				const bytes = { sent: facts.bytes.sent + again.bytes.sent, received: facts.bytes.received + again.bytes.received };
				const { sentMs: _, ...rest } = again;
				return { ...rest, bytes, phases: { ...again.phases, dns: facts.phases.dns ?? null } };
			}
			const reply = judge(message, wanted);
			if (!keepBody) delete reply.body;
			return { ...reply, ...facts };
		});
		return probe.open(target, options, report);
	},
};
