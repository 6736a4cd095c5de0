import { createHash, randomBytes } from 'node:crypto';
import { usageError } from '../model/errors.js';
import { isSecure, type Target } from '../model/target.js';
import { WS, WS_GUID, type WsMessage, WsReader, wsClose, wsFrame } from '../wire/ws.js';
import { readUpgrade } from '../wire/ws-handshake.js';
import { httpRequest } from './http-request.js';
import { KeptConnection } from './kept.js';
import type { Answer, Probe, ProbeOptions } from './probe.js';
import { oneLine } from './reason.js';
import { bytesOf, patternOf, securityOf } from './tcp.js';

const MOST_HEAD = 65_536;
const NOTHING = new Uint8Array(0);

/** What is asked once the connection speaks WebSocket. */
interface WsQuestion {
	send: { opcode: number; payload: Uint8Array } | null;
	expect: RegExp | Buffer | null;
	/** Without a message: a ping, and its pong is awaited; `false`: to be upgraded is the answer. */
	ping: boolean;
	/** The closing handshake belongs to the question. */
	closing: boolean;
	protocols: readonly string[];
}

const isOff = (value: string | undefined): boolean => value === '0' || value === 'false';

const questionOf = (more: NonNullable<ProbeOptions['more']>): WsQuestion => {
	const payload = more.send === undefined ? null : new Uint8Array(bytesOf('send', more.send));
	const text = payload !== null && !more.send?.startsWith('hex:') && Buffer.from(payload).equals(Buffer.from(Buffer.from(payload).toString()));
	const protocols = more.protocol === undefined ? [] : more.protocol.split(',').map((each) => each.trim());
	for (const each of protocols)
		if (!/^[\w!#$%&'*+.^`|~-]+$/.test(each)) throw usageError('E_FLAG', `protocol: expected names of subprotocols, found ${JSON.stringify(more.protocol)}`);
	return {
		send: payload && { opcode: text ? WS.text : WS.binary, payload },
		expect: more.expect === undefined ? null : patternOf(more.expect),
		ping: !isOff(more.ping),
		closing: more.closing !== undefined && !isOff(more.closing),
		protocols,
	};
};

class WebSocketProbe extends KeptConnection {
	private reader: WsReader | null = null;
	/** The upgrade's answer, until it is whole; null: it was. */
	private head: string | null = null;
	private accept = '';
	private awaited: Uint8Array = NOTHING;
	/** The answer is there, and the server's close frame is awaited. */
	private closing: { body?: Uint8Array } | null = null;
	private readonly asked: WsQuestion;
	private readonly lines: string;

	constructor(target: Target, options: ProbeOptions, report: (answer: Answer) => void) {
		const asked = questionOf(options.more ?? {});
		const security = isSecure(target) ? { ...securityOf(options), alpn: ['http/1.1'] } : null;
		super(target, options, security, asked.send === null || options.more?.idempotent === '1', report);
		this.asked = asked;
		const { headers } = httpRequest(target, { ...(options.headers && { headers: options.headers }) });
		for (const name of Object.keys(headers))
			if (/^(?:upgrade|connection|sec-websocket-.*|content-length)$/.test(name))
				throw usageError('E_FLAG', `--header: ${name} is set by the WebSocket upgrade itself`);
		const all = { ...headers, upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-version': '13' };
		const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
		if (asked.protocols.length > 0) lines.push(`sec-websocket-protocol: ${asked.protocols.join(', ')}\r\n`);
		this.lines = `GET ${target.path === '' ? '/' : target.path} HTTP/1.1\r\n${lines.join('')}`;
	}

	override ask(fresh: boolean): void {
		this.closing = null;
		// Where being upgraded is the answer, it must be asked for each time.
		super.ask(fresh || (!this.asked.ping && this.asked.send === null && this.asked.expect === null));
	}

	protected override greet(): void {
		const key = randomBytes(16).toString('base64');
		this.accept = createHash('sha1').update(`${key}${WS_GUID}`).digest('base64');
		this.head = '';
		this.reader = null;
		this.say(Buffer.from(`${this.lines}sec-websocket-key: ${key}\r\n\r\n`, 'latin1'));
	}

	protected override question(): void {
		const { send, expect, ping } = this.asked;
		if (send) this.frame(send.opcode, send.payload);
		else if (expect === null && ping) {
			this.awaited = new Uint8Array(randomBytes(8));
			this.frame(WS.ping, this.awaited);
		} else if (expect === null) this.answered();
	}

	protected override goodbye(): void {
		if (this.closing === null) this.connection?.write(wsClose(1000, randomBytes(4)));
	}

	protected override heard(bytes: Uint8Array): void {
		const rest = this.head === null ? bytes : this.upgrade(bytes);
		if (rest.length === 0) return;
		// Between messages nobody needs a reader: idle endpoints hold none.
		const reader = this.reader ?? new WsReader(this.options.maxBody);
		this.reader = reader;
		if (!reader.read(rest, (message) => this.take(message))) {
			// 1002 and 1009: RFC 6455, 7.4.1.
			this.connection?.write(wsClose(reader.tooLarge ? 1009 : 1002, randomBytes(4)));
			this.lost(reader.tooLarge ? 'too-large' : 'protocol', reader.why);
		} else if (reader.idle) this.reader = null;
	}

	/** Reads the answer to the upgrade; returns what came behind it. */
	private upgrade(bytes: Uint8Array): Uint8Array {
		const before = this.head as string;
		const text = before + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
		const end = text.indexOf('\r\n\r\n', Math.max(0, before.length - 3)) + 4;
		if (end === 3) {
			this.head = text;
			if (!'HTTP/1.1 '.startsWith(text.slice(0, 9)) && !text.startsWith('HTTP/1.')) this.lost('protocol', 'not HTTP/1');
			else if (text.length > MOST_HEAD) this.lost('too-large', 'a head over 64 KiB');
			return NOTHING;
		}
		const found = readUpgrade(text.slice(0, end), this.accept, this.asked.protocols);
		const rest = bytes.subarray(end - before.length);
		if (found.kind === 'interim') {
			this.head = '';
			return this.upgrade(rest);
		}
		if (found.kind === 'status') this.lost('status', `HTTP ${found.status}, and no WebSocket`, { status: found.status });
		else if (found.kind === 'broken') this.lost('protocol', found.why);
		else {
			const { connection } = this;
			this.head = null;
			this.greeted();
			return this.connection === connection ? rest : NOTHING;
		}
		return NOTHING;
	}

	/** False: what follows belongs to a connection that is over; whoever heard the answer may have asked on a new one. */
	private take(message: WsMessage): boolean {
		const { connection } = this;
		switch (message.kind) {
			case 'ping':
				this.frame(WS.pong, message.data);
				break;
			case 'pong':
				if (this.asking && !this.closing && this.awaited.length > 0 && Buffer.compare(message.data, this.awaited) === 0) this.answered();
				break;
			case 'close':
				if (this.closing) this.finish(this.closing, true);
				else {
					this.connection?.write(wsClose(message.code === 1005 ? 1000 : message.code, randomBytes(4)));
					this.lost('closed', oneLine(`closed by the server: ${message.code} ${message.reason}`));
				}
				break;
			default:
				if (this.asking && !this.closing && this.wanted(message.data)) this.answered(message.data);
		}
		return this.connection === connection;
	}

	private wanted(data: Uint8Array): boolean {
		const { send, expect } = this.asked;
		if (expect === null) return send !== null;
		const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
		return expect instanceof RegExp ? expect.test(bytes.toString()) : bytes.includes(expect);
	}

	private answered(data?: Uint8Array): void {
		this.awaited = NOTHING;
		const more = this.options.keepBody ? { body: new Uint8Array(data ?? NOTHING) } : {};
		if (!this.asked.closing) {
			this.finish(more, false);
			return;
		}
		this.closing = more;
		this.connection?.write(wsClose(1000, randomBytes(4)));
	}

	private finish(more: { body?: Uint8Array }, over: boolean): void {
		this.succeed((answer) => answer, more, over);
	}

	private frame(opcode: number, payload: Uint8Array): void {
		this.say(wsFrame(opcode, payload, randomBytes(4)));
	}
}

/**
 * WebSocket over HTTP/1.1 (RFC 6455): the upgrade, then a ping whose pong is awaited. `more.send` and `more.expect` as of
 * tcp, over messages; `ping=0`: the upgrade is all; `closing=1`: with the closing handshake; `protocol`: subprotocols.
 */
export const ws: Probe = { open: (target, options, report) => new WebSocketProbe(target, options, report) };
