import { createHash, randomBytes } from 'node:crypto';
import { usageError } from '../model/errors.js';
import type { Target } from '../model/target.js';
import { Malformed } from '../wire/cut.js';
import {
	type PgAuthentication,
	type PgMessage,
	pgAuthentication,
	pgFields,
	pgPassword,
	pgQuery,
	pgRow,
	pgSaslInitial,
	pgSaslResponse,
	pgSslRequest,
	pgStartup,
	pgTerminate,
	readPg,
	readPgSsl,
} from '../wire/pg.js';
import type { Security } from './connection.js';
import { Conversation, hear, type Say, type Script, SECURE, type Talk, waitFor } from './conversation.js';
import { hiding, oneOf, pathOf } from './option.js';
import { Scram } from './postgres-scram.js';
import type { Probe, ProbeOptions } from './probe.js';
import { failure, type Reply } from './simple.js';
import { patternOf, securityOf } from './tcp.js';

const SSL_MODES = ['disable', 'prefer', 'require', 'verify-full'] as const;
const SESSIONS = ['any', 'read-write', 'read-only', 'primary', 'standby'] as const;
type Session = (typeof SESSIONS)[number];

/** SQLSTATEs that say "not now": too many connections, shutdown, crash, starting up. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const NOT_SERVING = new Set(['53300', '57P01', '57P02', '57P03']);

const SESSION_SQL = "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only')";
/** What was kept of rows is shown, and compared; more are only counted as bytes. */
const MAX_ROWS = 1000;

interface Settings {
	user: string;
	password: string | undefined;
	database: string;
	sslMode: (typeof SSL_MODES)[number];
	session: Session;
	/** Null: SELECT 1. */
	query: string | null;
	expect: RegExp | Buffer | null;
	/** A server that asks for a password that nobody gave is alive. */
	anyLogin: boolean;
}

const settingsOf = (target: Target, { more = {} }: ProbeOptions): Settings => {
	const password = target.password ?? more.password;
	const user = target.username ?? more.user ?? more.username ?? 'postgres';
	const path = pathOf(target.path).replace(/^\//, '');
	const session = oneOf('target_session_attrs', more.target_session_attrs, SESSIONS, 'any');
	const query = more.query ?? null;
	if (more.expect !== undefined && query === null) throw usageError('E_FLAG', 'expect: expected a query beside it', 'write ?query=SELECT…&expect=…');
	for (const [name, text] of Object.entries({ user, password, query, database: path })) {
		if (text?.includes('\0')) throw usageError('E_TARGET', `${target.name}: ${name}: expected a text without zero bytes`);
	}
	const asksMore = password !== undefined || query !== null || session !== 'any';
	return {
		user,
		password,
		database: path || more.dbname || user,
		sslMode: oneOf('sslmode', more.sslmode, SSL_MODES, 'prefer'),
		session,
		query,
		expect: more.expect === undefined ? null : patternOf(more.expect),
		anyLogin: oneOf('login', more.login, ['any', 'required'], asksMore ? 'required' : 'any') === 'any',
	};
};

const refused = (body: Uint8Array, { password }: Settings): Reply => {
	const { S = '', V = S, C = '', M = '' } = pgFields(body);
	// Detail, hint and query may repeat what is in the tables: the message alone is shown.
	return failure(NOT_SERVING.has(C) ? 'not-serving' : 'status', hiding(`${V} ${C}: ${M}`, password));
};

/** The next message that says something: parameters, notices and notifications may come at any time. */
function* next(): Talk<PgMessage> {
	for (;;) {
		const message = yield* hear(readPg);
		if (!'SNAKv'.includes(message.type)) return message;
	}
}

const unexpected = (message: PgMessage): Malformed => new Malformed(`a message of type ${message.type} at the wrong time`);

function* authenticate(say: Say, settings: Settings, scram: Scram | null): Talk<Reply | null> {
	const { user, password } = settings;
	const answer = function* (): Talk<PgAuthentication | Reply> {
		const message = yield* next();
		if (message.type === 'E') return refused(message.body, settings);
		if (message.type !== 'R') throw unexpected(message);
		return pgAuthentication(message.body);
	};
	let wanted = yield* answer();
	if ('verdict' in wanted) return wanted;
	if (wanted.kind === 'ok') return null;
	const method = wanted.kind === 'sasl' ? wanted.mechanisms.join(', ') : wanted.kind === 'other' ? wanted.name : wanted.kind;
	if (password === undefined || scram === null) {
		if (settings.anyLogin)
			return { verdict: 'ok', detail: `it asks for a password (${method.slice(0, 60)}), and none was given: nothing behind that was looked at` };
		return failure('status', `it asks for a password (${method}), and none was given`);
	}
	if (wanted.kind === 'sasl' && wanted.mechanisms.includes('SCRAM-SHA-256')) {
		const nonce = randomBytes(18).toString('base64');
		say(pgSaslInitial('SCRAM-SHA-256', scram.first(nonce)));
		wanted = yield* answer();
		if ('verdict' in wanted) return wanted;
		if (wanted.kind !== 'sasl-continue') throw new Malformed('no SCRAM challenge');
		const reply = yield* waitFor(scram.reply(nonce, wanted.data));
		say(pgSaslResponse(reply.message));
		wanted = yield* answer();
		if ('verdict' in wanted) return wanted;
		if (wanted.kind !== 'sasl-final' || !reply.proves(wanted.data)) throw new Malformed('it does not prove that it knows the password');
	} else if (wanted.kind === 'md5') {
		const inner = createHash('md5').update(`${password}${user}`).digest('hex');
		say(pgPassword(`md5${createHash('md5').update(inner).update(wanted.salt).digest('hex')}`));
	} else if (wanted.kind === 'cleartext') say(pgPassword(password));
	else return failure('status', `it asks for a way to log in that is not spoken here: ${method}`);
	wanted = yield* answer();
	if ('verdict' in wanted) return wanted;
	if (wanted.kind !== 'ok') throw new Malformed('one login, and then another');
	return null;
}

/** A simple query: its rows, or the reply that it comes to. */
function* run(say: Say, sql: string, settings: Settings): Talk<(string | null)[][] | Reply> {
	say(pgQuery(sql));
	const rows: (string | null)[][] = [];
	let error: Reply | null = null;
	for (;;) {
		const { type, body } = yield* next();
		if (type === 'D') {
			if (rows.length < MAX_ROWS) rows.push(pgRow(body));
		} else if (type === 'E') {
			error = refused(body, settings);
			// After FATAL nothing comes any more.
			if (/^(?:FATAL|PANIC)/.test(error.detail ?? '')) return error;
		} else if (type === 'G' || type === 'H' || type === 'W') return failure('status', 'a COPY is nothing to probe with');
		else if (type === 'Z') return error ?? rows;
		else if (!'TCI'.includes(type)) throw unexpected({ type, body });
	}
}

const sessionOf = (rows: (string | null)[][]): { standby: boolean; readOnly: boolean } => {
	const [recovery, readOnly] = rows[0] ?? [];
	if ((recovery !== 't' && recovery !== 'f') || (readOnly !== 'on' && readOnly !== 'off')) throw new Malformed('no answer to whether it is a standby');
	return { standby: recovery === 't', readOnly: readOnly === 'on' };
};
const FITS: Readonly<Record<Session, (session: ReturnType<typeof sessionOf>) => boolean>> = {
	any: () => true,
	'read-write': (s) => !s.readOnly,
	'read-only': (s) => s.readOnly,
	primary: (s) => !s.standby,
	standby: (s) => s.standby,
};

const matches = (expect: RegExp | Buffer, found: string): boolean => (expect instanceof RegExp ? expect.test(found) : found === expect.toString());

function* question(say: Say, settings: Settings): Talk<Reply> {
	const { session, query, expect } = settings;
	if (session !== 'any') {
		const rows = yield* run(say, SESSION_SQL, settings);
		if (!Array.isArray(rows)) return rows;
		const found = sessionOf(rows);
		if (!FITS[session](found)) {
			return failure('expectation', `expected a ${session} session: found a ${found.standby ? 'standby' : 'primary'}${found.readOnly ? ', read-only' : ''}`);
		}
		if (query === null) return { verdict: 'ok' };
	}
	const rows = yield* run(say, query ?? 'SELECT 1', settings);
	if (!Array.isArray(rows)) return rows;
	if (query === null && rows[0]?.[0] !== '1') throw new Malformed('SELECT 1 is not 1');
	const body = new TextEncoder().encode(rows.map((row) => `${row.map((cell) => cell ?? '').join('\t')}\n`).join(''));
	const first = rows[0]?.[0] ?? '';
	if (expect && !matches(expect, first)) return { ...failure('expectation', `the query gave ${rows.length === 0 ? 'no row' : JSON.stringify(first)}`), body };
	return { verdict: 'ok', body };
}

const laterOf = (target: Target, options: ProbeOptions, { sslMode }: Settings): Security | null => {
	// As libpq: TLS makes no sense in a socket file.
	if (sslMode === 'disable' || target.socketPath !== undefined) return null;
	const security = securityOf(options);
	return sslMode === 'verify-full' || options.tls?.ca !== undefined ? security : { ...security, insecure: true };
};

const scriptOf = (target: Target, options: ProbeOptions): Script => {
	const settings = settingsOf(target, options);
	const { user, database, password, sslMode } = settings;
	const scram = password === undefined ? null : new Scram(password);
	const later = laterOf(target, options, settings);

	function* greet(say: Say): Talk<Reply | null> {
		if (later) {
			say(pgSslRequest());
			const answer = yield* hear(readPgSsl);
			if (answer === 'S') yield SECURE;
			else if (answer === 'E') {
				const { type, body } = yield* hear(readPg);
				return type === 'E' ? refused(body, settings) : failure('protocol', 'no answer to SSLRequest');
			} else if (sslMode !== 'prefer') return failure('tls-failed', `it has no TLS, and sslmode is ${sslMode}`);
		}
		say(pgStartup({ user, database, application_name: 'daruma', client_encoding: 'UTF8' }));
		const early = yield* authenticate(say, settings, scram);
		if (early) return early;
		const ready = yield* next();
		if (ready.type === 'E') return refused(ready.body, settings);
		if (ready.type !== 'Z') throw unexpected(ready);
		return null;
	}
	return { greet, question: (say) => question(say, settings), farewell: pgTerminate(), later };
};

/**
 * PostgreSQL: SSLRequest (`more.sslmode` as libpq's: prefer), startup, login (trust, cleartext, MD5, SCRAM-SHA-256), then
 * on each question SELECT 1, or `more.query` whose first cell may be held against `more.expect` (text, /regex/).
 * `more.target_session_attrs`: primary, standby, read-write, read-only. Where nobody gave a password, and nothing else is
 * asked for, being asked for one is good enough (`more.login` = 'required': it is not).
 */
export const postgres: Probe = { open: (target, options, report) => new Conversation(target, options, scriptOf(target, options), report) };
