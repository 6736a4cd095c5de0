import { usageError } from '../model/errors.js';
import type { Reason } from '../model/sample.js';
import { isSecure, type Target } from '../model/target.js';
import { type Resp, RespError, readResp, respCommand } from '../wire/resp.js';
import { Conversation, hear, type Say, type Script, type Talk } from './conversation.js';
import { hiding, oneOf, pathOf } from './option.js';
import type { Probe, ProbeOptions } from './probe.js';
import { failure, type Reply } from './simple.js';
import { securityOf } from './tcp.js';

/** Replies that say "I am here and do not serve"; any other error is a `status`. https://github.com/redis/redis/blob/7.0/src/server.c */
const NOT_SERVING = new Set(['LOADING', 'MASTERDOWN', 'MISCONF', 'BUSY', 'CLUSTERDOWN', 'NOREPLICAS']);
const ROLES = ['any', 'master', 'replica'] as const;
const SHOWN: Readonly<Record<string, string>> = { slave: 'replica' };

const PING = respCommand('PING');
const ROLE = respCommand('ROLE');
const INFO = respCommand('INFO', 'replication');

const refused = ({ code, message }: RespError, password: string | undefined): Reply => {
	const reason: Reason = NOT_SERVING.has(code) ? 'not-serving' : 'status';
	return failure(reason, hiding(message, password));
};

const databaseOf = (target: Target, { more = {} }: ProbeOptions): string => {
	const path = pathOf(target.path).replace(/^\//, '');
	const found = more.db ?? (path === '' ? '0' : path);
	if (!/^\d{1,5}$/.test(found))
		throw usageError('E_TARGET', `${target.name}: expected a database number such as redis://HOST/2, found ${JSON.stringify(found)}`);
	return found;
};

/** What it says it is, and whether a replica's link to its master stands. */
interface Role {
	name: string;
	link?: string;
}

/** The answer to ROLE: [slave, master's host, its port, state of the link, offset] (https://redis.io/commands/role/). */
const roleOf = (reply: Resp): Role | null => {
	if (!Array.isArray(reply) || typeof reply[0] !== 'string') return null;
	const name = SHOWN[reply[0]] ?? reply[0];
	return name === 'replica' && typeof reply[3] === 'string' ? { name, link: reply[3] } : { name };
};

/** For servers that have no ROLE. */
const roleOfInfo = (reply: Resp): Role | null => {
	const role = typeof reply === 'string' ? /^role:(\w+)/m.exec(reply)?.[1] : undefined;
	if (role === undefined) return null;
	const link = /^master_link_status:(\w+)/m.exec(reply as string)?.[1];
	return { name: SHOWN[role] ?? role, ...(link !== undefined && { link: link === 'up' ? 'connected' : link }) };
};

const scriptOf = (target: Target, options: ProbeOptions): Script => {
	const { more = {} } = options;
	const password = target.password ?? more.password;
	const username = target.username ?? more.username;
	const database = databaseOf(target, options);
	const wanted = oneOf('role', more.role, ROLES, 'any');
	if (username !== undefined && password === undefined) {
		// redis://secret@host is a mistake that is easily made, and would ask without any password.
		throw usageError('E_TARGET', `${target.name}: expected a password beside the user`, 'write redis://:PASSWORD@HOST or redis://USER:PASSWORD@HOST');
	}
	const greetings: Uint8Array[] = [];
	if (password !== undefined) greetings.push(username ? respCommand('AUTH', username, password) : respCommand('AUTH', password));
	if (database !== '0') greetings.push(respCommand('SELECT', database));

	function* greet(say: Say): Talk<Reply | null> {
		for (const greeting of greetings) {
			say(greeting);
			const reply = yield* hear(readResp);
			if (reply instanceof RespError) return refused(reply, password);
			if (reply !== 'OK') return failure('protocol', `expected OK, found ${shown(reply)}`);
		}
		return null;
	}
	function* ask(say: Say, command: Uint8Array): Talk<Resp> {
		say(command);
		return yield* hear(readResp);
	}
	function* question(say: Say): Talk<Reply> {
		const pong = yield* ask(say, PING);
		if (pong instanceof RespError) return refused(pong, password);
		if (pong !== 'PONG') return failure('protocol', `expected PONG, found ${shown(pong)}`);
		if (wanted === 'any') return { verdict: 'ok' };
		let reply = yield* ask(say, ROLE);
		let role = roleOf(reply);
		if (reply instanceof RespError && /^ERR unknown command/i.test(reply.message)) {
			reply = yield* ask(say, INFO);
			role = roleOfInfo(reply);
		}
		if (reply instanceof RespError) return refused(reply, password);
		if (!role) return failure('protocol', `expected a role, found ${shown(reply)}`);
		if (role.name !== wanted) return failure('expectation', `expected role ${wanted}: found ${role.name}`);
		if (role.link !== undefined && role.link !== 'connected') return { verdict: 'warning', detail: `its link to the master: ${role.link}`.slice(0, 200) };
		return { verdict: 'ok' };
	}
	return { greet, question, security: isSecure(target) ? securityOf(options) : null };
};

const shown = (reply: Resp): string => (typeof reply === 'string' ? JSON.stringify(reply.slice(0, 60)) : Array.isArray(reply) ? 'an array' : String(reply));

/**
 * AUTH and SELECT on a new connection, PING → PONG on each question. `more.role` = 'master' | 'replica' asks ROLE too (a
 * replica whose link to its master is down is a warning); `more.username`, `more.password`, `more.db` beside the URL's.
 */
export const redis: Probe = { open: (target, options, report) => new Conversation(target, options, scriptOf(target, options), report) };
