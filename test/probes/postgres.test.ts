import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, chmodSync, chownSync, copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { freePort } from '../../src/platform/ports.js';
import { Scram } from '../../src/probes/postgres-scram.js';
import type { Answer } from '../../src/probes/probe.js';
import { Malformed } from '../../src/wire/cut.js';
import { have } from '../subjects/stage.js';
import { ask, askAll, raw } from './ask.js';
import { start, until } from './real.js';

const file = (name: string): string => fileURLToPath(new URL(`../../../fixtures/tls/${name}.pem`, import.meta.url));

const message = (type: string, body: string): Buffer => {
	const out = Buffer.from(`${type}\0\0\0\0${body}`, 'latin1');
	out.writeUInt32BE(out.length - 1, 1);
	return out;
};
const AUTH_OK = message('R', '\0\0\0\0');
const READY = message('Z', 'I');
const WELCOME = Buffer.concat([AUTH_OK, message('S', 'server_version\x0015\0'), message('K', '\0\0\0\x01\0\0\0\x02'), READY]);
const row = (...cells: string[]): Buffer =>
	message('D', `\0${String.fromCharCode(cells.length)}${cells.map((cell) => `\0\0\0${String.fromCharCode(cell.length)}${cell}`).join('')}`);
const rows = (...found: Buffer[]): Buffer => Buffer.concat([message('T', '\0\0'), ...found, message('C', 'SELECT 1\0'), READY]);
const error = (code: string, text: string, severity = 'FATAL'): Buffer => message('E', `S${severity}\0V${severity}\0C${code}\0M${text}\0Dinternal detail\0\0`);

/** A server without TLS that gives the n-th message of a client the n-th answer, and the last one for ever. */
const answers =
	(...replies: (Buffer | string)[]) =>
	(socket: Socket): void => {
		let n = 0;
		socket.on('data', (data) => {
			if (data.length === 8) socket.write('N');
			else socket.write(replies[Math.min(n++, replies.length - 1)] as Buffer);
		});
	};

test('what it says, and what that means', async (t) => {
	const one = rows(row('1'));
	for (const [replies, query, verdict, reason, detail] of [
		[[WELCOME, one], '', 'ok', undefined, undefined],
		[[error('57P03', 'the database system is starting up')], '', 'failed', 'not-serving', /^FATAL 57P03: the database system is starting up$/],
		[[error('53300', 'sorry, too many clients already')], '', 'failed', 'not-serving', /53300/],
		[[error('3D000', 'database "x" does not exist')], '', 'failed', 'status', /3D000/],
		[[Buffer.concat([AUTH_OK, error('57P03', 'shutting down')])], '', 'failed', 'not-serving', /57P03/],
		[[WELCOME, error('57P01', 'terminating connection')], '', 'failed', 'not-serving', /57P01/],
		[
			[WELCOME, Buffer.concat([error('42P01', 'relation "x" does not exist', 'ERROR'), READY])],
			'?query=SELECT * FROM x',
			'failed',
			'status',
			/^ERROR 42P01: relation "x" does not exist$/,
		],
		[[WELCOME, rows(row('2'))], '', 'failed', 'protocol', /SELECT 1 is not 1/],
		[[WELCOME, rows(row('up', 'x'), row('y', 'z'))], '?query=SELECT state&expect=up', 'ok', undefined, undefined],
		[[WELCOME, rows(row('down'))], '?query=SELECT state&expect=/^up/', 'failed', 'expectation', /gave "down"/],
		[[WELCOME, rows()], '?query=SELECT state&expect=up', 'failed', 'expectation', /no row/],
		[[WELCOME, rows()], '?query=SELECT state', 'ok', undefined, undefined],
		[[WELCOME, rows(row('f', 'off'))], '?target_session_attrs=primary', 'ok', undefined, undefined],
		[[WELCOME, rows(row('t', 'on'))], '?target_session_attrs=primary', 'failed', 'expectation', /found a standby, read-only/],
		[[WELCOME, rows(row('t', 'on'))], '?target_session_attrs=standby', 'ok', undefined, undefined],
		[[WELCOME, rows(row('f', 'on'))], '?target_session_attrs=read-write', 'failed', 'expectation', /found a primary, read-only/],
		[[WELCOME, rows(row('f', 'on'))], '?target_session_attrs=read-only', 'ok', undefined, undefined],
		[[WELCOME, rows(row('x'))], '?target_session_attrs=primary', 'failed', 'protocol', /standby/],
		[[message('R', '\0\0\0\x05salt')], '', 'ok', undefined, /asks for a password \(md5\)/],
		[[message('R', '\0\0\0\x03')], '?login=required', 'failed', 'status', /none was given/],
		[[message('R', '\0\0\0\x03')], '?query=SELECT 1', 'failed', 'status', /none was given/],
		[[message('R', '\0\0\0\x07')], '?password=x', 'failed', 'status', /GSSAPI/],
		[[message('Z', 'I')], '', 'failed', 'protocol', /type Z at the wrong time/],
		[[WELCOME, message('G', '\0\0\0')], '?query=COPY x FROM STDIN', 'failed', 'status', /COPY/],
		[['HTTP/1.1 400 Bad Request\r\n\r\n'], '', 'failed', 'protocol', /H of/],
		[['garbage'], '', 'failed', 'protocol', /0x67/],
	] as const) {
		const port = await raw(t, answers(...replies));
		const answer = await ask(`postgres://127.0.0.1:${port}/x${query}`);
		t.deepEqual([answer.verdict, answer.reason], [verdict, reason], JSON.stringify([query, answer]));
		if (detail) t.regex(answer.detail ?? '', detail);
		else t.is(answer.detail, undefined);
		t.notRegex(answer.detail ?? '', /internal/);
	}
});

test('asked for a password that nobody gave: each question is a new connection', async (t) => {
	const port = await raw(t, answers(message('R', '\0\0\0\x05salt')));
	const found = await askAll(`postgres://127.0.0.1:${port}`, { times: 3 });
	t.true(found.every((a) => a.verdict === 'ok' && a.fresh));
});

test('TLS: what sslmode wants, and nothing from before it', async (t) => {
	const plain = await raw(t, answers(WELCOME, rows(row('1'))));
	t.is((await ask(`postgres://127.0.0.1:${plain}?sslmode=require`)).reason, 'tls-failed');
	t.is((await ask(`postgres://127.0.0.1:${plain}?sslmode=disable`)).verdict, 'ok');
	const injecting = await raw(t, (socket) => void socket.once('data', () => socket.write('Sinjected')));
	const answer = await ask(`postgres://127.0.0.1:${injecting}`);
	t.deepEqual([answer.reason, answer.detail], ['protocol', 'it went on in the clear after agreeing to TLS']);
	const early = await raw(t, (socket) => void socket.once('data', () => socket.write(error('57P03', 'the database system is starting up'))));
	t.is((await ask(`postgres://127.0.0.1:${early}`)).reason, 'not-serving');
	const odd = await raw(t, (socket) => void socket.once('data', () => socket.write('?')));
	t.is((await ask(`postgres://127.0.0.1:${odd}`)).reason, 'protocol');
});

test('a password goes out as the server asks for it, and comes back to nobody', async (t) => {
	let heard = '';
	const port = await raw(t, (socket) => {
		let n = 0;
		socket.on('data', (data) => {
			if (data.length === 8) return void socket.write('N');
			if (n++ === 0) return void socket.write(message('R', '\0\0\0\x05salt'));
			heard = data.toString('latin1');
			socket.write(error('28P01', 'you said hunter2'));
		});
	});
	const answer = await ask(`postgres://me:hunter2@127.0.0.1:${port}/db`);
	t.deepEqual([answer.reason, answer.detail], ['status', 'FATAL 28P01: you said ***']);
	const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
	t.is(heard.slice(5), `md5${md5(`${md5('hunter2me')}salt`)}\0`);
});

test('SCRAM-SHA-256: the example of RFC 7677, but for its user', async (t) => {
	// RFC 7677, 3 has n=user; PostgreSQL's clients leave it empty. Calculated by Python's hashlib, which gives the RFC's own values for n=user.
	const scram = new Scram('pencil');
	const nonce = 'rOprNGfwEbeRWgbNEkqO';
	const challenge = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096';
	t.is(scram.first(nonce), 'n,,n=,r=rOprNGfwEbeRWgbNEkqO');
	const reply = await scram.reply(nonce, challenge);
	t.is(reply.message, 'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=qvT2SWdEH5Q06albL+hjSYuUhCG7VndFyzIb7CK4n9k=');
	t.true(reply.proves('v=3HO6Qt1M4MKJrmlKaoOqLAI0/0TV0HZe7J9H3MBtSOg='));
	t.false(reply.proves('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='));
	t.false(reply.proves('e=other-error'));
	for (const wrong of [
		'',
		'r=elsewhere,s=AAAA,i=4096',
		`r=${nonce},s=AAAA,i=4096`,
		`r=${nonce}x,s=AAAA,i=0`,
		`r=${nonce}x,s=AAAA,i=2147483647`,
		`r=${nonce}x,s=,i=1`,
		`m=x,r=${nonce}x,s=AAAA,i=4096`,
	])
		await t.throwsAsync(scram.reply(nonce, wrong), { instanceOf: Malformed }, wrong);
});

test('a server that does not know the password is not believed', async (t) => {
	const port = await raw(t, (socket) => {
		let n = 0;
		socket.on('data', (data) => {
			if (data.length === 8) return void socket.write('N');
			n++;
			if (n === 1) return void socket.write(message('R', '\0\0\0\x0aSCRAM-SHA-256\0\0'));
			const nonce = /r=([^,]+)/.exec(data.toString('latin1'))?.[1];
			if (n === 2) socket.write(message('R', `\0\0\0\x0br=${nonce}theirs,s=AAAA,i=4096`));
			else socket.write(Buffer.concat([message('R', `\0\0\0\x0cv=${'A'.repeat(43)}=`), WELCOME]));
		});
	});
	const answer = await ask(`postgres://me:secret@127.0.0.1:${port}`);
	t.deepEqual([answer.reason, answer.detail], ['protocol', 'it does not prove that it knows the password']);
});

test('what is wrong with a target', async (t) => {
	for (const url of [
		'postgres://h/x?sslmode=maybe',
		'postgres://h?target_session_attrs=best',
		'postgres://h?expect=1',
		'postgres://h?login=perhaps',
		'postgres://h/%00',
	]) {
		const wrong = await t.throwsAsync(ask(url), undefined, url);
		t.is((wrong as { exit?: number } | undefined)?.exit, 2, url);
	}
});

const binaries = (): string | undefined => {
	const root = '/usr/lib/postgresql';
	const newest = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a))[0] : undefined;
	return newest === undefined ? undefined : join(root, newest, 'bin');
};

/** It refuses to run as root. */
const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
const unprivileged = (): { uid?: number; gid?: number } => (process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {});
const asPostgres = (program: string, ...args: string[]): void => {
	execFileSync(program, args, { stdio: 'pipe', cwd: '/', ...unprivileged() });
};

interface Real {
	bin: string;
	dir: string;
	port: number;
	run(): ReturnType<typeof start>;
}

const cluster = async (t: ExecutionContext, settings: string, prepare: (bin: string, data: string) => void): Promise<Real> => {
	const bin = binaries() as string;
	const dir = mkdtempSync(join(tmpdir(), 'daruma-pg-'));
	t.teardown(() => rmSync(dir, { recursive: true, force: true }));
	const { uid, gid } = unprivileged();
	if (uid !== undefined && gid !== undefined) chownSync(dir, uid, gid);
	const data = join(dir, 'data');
	prepare(bin, data);
	const port = await freePort();
	appendFileSync(
		join(data, 'postgresql.conf'),
		`\nport=${port}\nlisten_addresses='127.0.0.1'\nunix_socket_directories='${dir}'\nfsync=off\nmax_connections=20\nshared_buffers=16MB\nmax_wal_senders=3\nwal_level=replica\n${settings}\n`,
	);
	// SIGQUIT: at once, and without leaving shared memory behind.
	const run = (): ReturnType<typeof start> => start(t, join(bin, 'postgres'), ['-D', data], { cwd: '/', ...unprivileged() }, 'SIGQUIT');
	return { bin, dir, port, run };
};

test('the real thing: every login, TLS, queries, a standby, shutdown', async (t) => {
	if (binaries() === undefined) {
		have(t, 'postgres');
		return;
	}
	t.timeout(60_000);
	const up = (answer: Answer): boolean => answer.verdict === 'ok';
	const primary = await cluster(t, "ssl=on\nssl_cert_file='server.crt'\nssl_key_file='server.key'\npassword_encryption='scram-sha-256'", (bin, data) => {
		asPostgres(join(bin, 'initdb'), '-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8', '--locale=C');
		for (const name of ['server.crt', 'server.key']) {
			copyFileSync(file('good'), join(data, name));
			chmodSync(join(data, name), 0o600);
			const { uid, gid } = unprivileged();
			if (uid !== undefined && gid !== undefined) chownSync(join(data, name), uid, gid);
		}
		const logins = ['scram scram-sha-256', 'digest md5', 'plain password'].map((line) => `host all ${line.replace(' ', ' 127.0.0.1/32 ')}`);
		writeFileSync(
			join(data, 'pg_hba.conf'),
			`${logins.join('\n')}\nlocal all all trust\nhost all all 127.0.0.1/32 trust\nhost replication all 127.0.0.1/32 trust\n`,
		);
	});
	const server = primary.run();
	const at = (user: string, rest = ''): string => `postgres://${user}@127.0.0.1:${primary.port}/postgres${rest}`;
	const first = await until(() => ask(at('postgres')), up);
	t.is(first.verdict, 'ok', JSON.stringify(first));
	t.true((first.phases.tls as number) > 0);
	const sql = (text: string): void => {
		const found = spawnSync(join(primary.bin, 'psql'), ['-h', '127.0.0.1', '-p', `${primary.port}`, '-U', 'postgres', '-v', 'ON_ERROR_STOP=1', '-c', text], {
			encoding: 'utf8',
		});
		t.is(found.status, 0, found.stderr);
	};
	sql("CREATE ROLE scram LOGIN PASSWORD 's3crét \u00a0x'");
	sql("CREATE ROLE plain LOGIN PASSWORD 's3cret'");
	sql("SET password_encryption='md5'; CREATE ROLE digest LOGIN PASSWORD 's3cret'");
	for (const [user, password] of [
		['scram', encodeURIComponent('s3crét \u00a0x')],
		['digest', 's3cret'],
		['plain', 's3cret'],
	] as const) {
		for (const mode of ['?sslmode=disable', '?sslmode=require']) {
			const found = await askAll(at(`${user}:${password}`, mode), { times: 3 });
			t.deepEqual(
				found.map((a) => [a.verdict, a.fresh]),
				[
					['ok', true],
					['ok', false],
					['ok', false],
				],
				`${user} ${JSON.stringify(found[0])}`,
			);
		}
		const wrong = await ask(at(`${user}:wr0ng`));
		t.deepEqual([wrong.reason, wrong.detail], ['status', `FATAL 28P01: password authentication failed for user "${user}"`]);
		const none = await ask(at(user));
		t.is(none.verdict, 'ok');
		t.regex(none.detail ?? '', /asks for a password/);
	}
	const secure = await ask(at('postgres', '?sslmode=verify-full'), { tls: { ca: file('ca') } });
	t.deepEqual([secure.verdict, (secure.certDays as number) > 1000], ['ok', true]);
	t.is((await ask(at('postgres', '?sslmode=verify-full'))).reason, 'tls-untrusted');
	t.is((await ask(`postgres+unix:${primary.dir}/.s.PGSQL.${primary.port}:/postgres`)).verdict, 'ok');
	const query = await ask(at('postgres', '?query=SELECT 40%2B2, NULL UNION ALL SELECT 1, 2&expect=42'), { keepBody: true });
	t.deepEqual([query.verdict, Buffer.from(query.body ?? []).toString()], ['ok', '42\t\n1\t2\n']);
	for (const [rest, reason, detail] of [
		['?query=SELECT * FROM nowhere', 'status', /^ERROR 42P01/],
		['?query=COPY pg_class TO STDOUT', 'status', /COPY/],
		["?query=SELECT repeat('x', 3000000)", 'too-large', /over/],
		['?target_session_attrs=standby', 'expectation', /found a primary/],
		['?query=SELECT pg_sleep(60)', 'answer-timeout', /^$/],
	] as const) {
		const answer = await ask(at('postgres', rest), { timeoutMs: rest.includes('sleep') ? 300 : 10_000 });
		t.is(answer.reason, reason, `${rest} ${JSON.stringify(answer)}`);
		t.regex(answer.detail ?? '', detail);
	}
	t.is((await ask(`postgres://127.0.0.1:${primary.port}/nowhere`)).detail, 'FATAL 3D000: database "nowhere" does not exist');
	t.is((await ask(at('postgres', '?target_session_attrs=primary'))).verdict, 'ok');

	const standby = await cluster(t, 'ssl=off\nhot_standby=off', (bin, data) => {
		asPostgres(join(bin, 'pg_basebackup'), '-D', data, '-h', '127.0.0.1', '-p', `${primary.port}`, '-U', 'postgres', '-R', '-c', 'fast', '--no-sync');
	});
	const cold = standby.run();
	const standbyUrl = `postgres://127.0.0.1:${standby.port}/postgres`;
	const starting = await until(
		() => ask(standbyUrl),
		(a) => a.reason === 'not-serving',
	);
	t.regex(starting.detail ?? '', /57P03/, JSON.stringify(starting));
	cold.kill('SIGINT');
	await new Promise((resolve) => cold.once('exit', resolve));
	appendFileSync(join(standby.dir, 'data', 'postgresql.conf'), 'hot_standby=on\n');
	standby.run();
	const asStandby = await until(() => ask(`${standbyUrl}?target_session_attrs=standby`), up);
	t.is(asStandby.verdict, 'ok', JSON.stringify(asStandby));
	t.is((await ask(`${standbyUrl}?target_session_attrs=read-write`)).reason, 'expectation');

	server.kill('SIGINT');
	const gone = await until(
		() => ask(at('postgres')),
		(a) => a.reason === 'refused',
	);
	t.is(gone.reason, 'refused');
});
