import type { Target } from '../model/target.js';
import { type JsonRpcRequest, jsonRpcText, readJsonRpc } from '../wire/jsonrpc.js';
import { type FramingKind, frameMessage, MessageReader } from '../wire/message-framing.js';
import { jsonRpcQuestion, judgeJsonRpc } from './jsonrpc-question.js';
import { KeptConnection } from './kept.js';
import { oneOf } from './option.js';
import type { Answer, Probe, ProbeOptions } from './probe.js';

class JsonRpcTcp extends KeptConnection {
	private id = 0;
	private reader: MessageReader | null = null;
	private readonly request: JsonRpcRequest;
	private readonly framing: FramingKind;

	constructor(target: Target, options: ProbeOptions, report: (answer: Answer) => void) {
		super(target, options, null, options.more?.idempotent === '1', report);
		this.request = jsonRpcQuestion(options.more);
		this.framing = oneOf('framing', options.more?.framing, ['line', 'length'], 'line');
	}

	protected override greet(): void {
		this.reader = null;
		this.greeted();
	}

	protected override question(): void {
		this.id++;
		this.say(frameMessage(jsonRpcText(this.request, this.id), this.framing));
	}

	protected override heard(bytes: Uint8Array): void {
		// Between messages nobody needs a reader: idle endpoints hold none.
		const reader = this.reader ?? new MessageReader(this.framing, this.options.maxBody);
		this.reader = reader;
		if (!reader.read(bytes, (message) => this.take(message))) this.lost(reader.tooLarge ? 'too-large' : 'protocol', reader.why);
		else if (!reader.open || !this.connection) this.reader = null;
	}

	/** The server's own notifications may come at any time; an answer to a question that was never asked may not. */
	private take(message: Uint8Array): boolean {
		const found = readJsonRpc(message, this.id);
		if (found.kind === 'other') return true;
		if (!this.asking || found.kind === 'broken') {
			this.lost('protocol', found.kind === 'broken' ? found.why : 'an answer that nobody asked for');
			return false;
		}
		const { connection } = this;
		this.succeed((answer) => judgeJsonRpc(answer, found), this.options.keepBody ? { body: new Uint8Array(message) } : {});
		// Whoever heard it may have asked on a new connection: what follows here is not for that.
		return this.connection === connection;
	}
}

/** JSON-RPC 2.0 over a kept TCP connection: `more.method`, `params`, `framing` = line or length, `idempotent`. */
export const jsonRpcTcp: Probe = { open: (target, options, report) => new JsonRpcTcp(target, options, report) };
