import { usageError } from '../model/errors.js';
import type { Target } from '../model/target.js';
import { readThrift, readThriftFrame, THRIFT_EXCEPTIONS, type ThriftReply, thriftCall, thriftFrame } from '../wire/thrift.js';
import { Conversation, hear, type Script } from './conversation.js';
import { oneOf } from './option.js';
import type { Probe, ProbeOptions } from './probe.js';
import { failure, type Reply } from './simple.js';

/** fb303's enum fb_status: https://github.com/apache/thrift/blob/master/contrib/fb303/if/fb303.thrift */
const FB_STATUS = ['DEAD', 'STARTING', 'ALIVE', 'STOPPING', 'STOPPED', 'WARNING'];

const NAME = /^[A-Za-z_][\w.]{0,255}$/;

const judge = ({ kind, result, exception }: ThriftReply, method: string): Reply => {
	if (kind === 'exception') {
		const { type, message } = exception ?? { type: 0, message: '' };
		return { ...failure('status', `${THRIFT_EXCEPTIONS[type] ?? `exception ${type}`}${message === '' ? '' : `: ${message}`}`), status: type };
	}
	if (result && result.id !== 0) return failure('status', `it threw an exception that it declares (field ${result.id})`);
	const { value } = result ?? { value: null };
	const body = value === null ? {} : { body: new TextEncoder().encode(String(value)) };
	if (method === 'getStatus' && typeof value === 'number') {
		const word = FB_STATUS[value] ?? `fb_status ${value}`;
		if (word === 'WARNING') return { verdict: 'warning', detail: word, status: value, ...body };
		if (word !== 'ALIVE') return { ...failure('not-serving', word), status: value, ...body };
		return { verdict: 'ok', status: value, ...body };
	}
	return { verdict: 'ok', ...body };
};

const scriptOf = (target: Target, { more = {} }: ProbeOptions): Script => {
	const protocol = oneOf('protocol', more.protocol, ['binary', 'compact'], 'binary');
	const isFramed = oneOf('transport', more.transport, ['framed', 'buffered'], 'framed') === 'framed';
	const method = more.method ?? 'ping';
	const { service } = more;
	for (const [name, text] of Object.entries({ method, service })) {
		if (text !== undefined && !NAME.test(text))
			throw usageError('E_FLAG', `${target.name}: ${name}: expected a name such as ping, found ${JSON.stringify(text)}`);
	}
	// TMultiplexedProtocol: the service before the method, and the method alone in the answer.
	const called = service === undefined ? method : `${service}:${method}`;
	let seq = 0;
	return {
		*question(say) {
			seq = (seq + 1) & 0x7fffffff;
			const call = thriftCall(protocol, called, seq);
			say(isFramed ? thriftFrame(call) : call);
			const reply = yield* hear((bytes) => (isFramed ? readThriftFrame(protocol, bytes) : readThrift(protocol, bytes)));
			if (reply.seq !== seq) return failure('protocol', `an answer to another call (sequence ${reply.seq}, expected ${seq})`);
			// A server that could not read the name may leave it out of its exception.
			if (reply.name !== method && reply.name !== called && reply.kind === 'reply') return failure('protocol', `an answer to another method (${reply.name})`);
			return judge(reply, method);
		},
	};
};

/**
 * A call of a method without arguments on a kept connection: `more.method` (ping), `more.service` where several share a
 * port, `more.protocol` binary or compact, `more.transport` framed or buffered. What it returns does not matter, but for
 * fb303's getStatus. A TApplicationException is a `status`, with its type as the number.
 */
export const thrift: Probe = { open: (target, options, report) => new Conversation(target, options, scriptOf(target, options), report) };
