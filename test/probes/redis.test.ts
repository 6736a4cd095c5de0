import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { freePort } from '../../src/platform/ports.js';
import type { Answer } from '../../src/probes/probe.js';
import { have, scratch } from '../subjects/stage.js';
import { ask, askAll, raw } from './ask.js';
import { start, until } from './real.js';

const file = (name: string): string => fileURLToPath(new URL(`../../../fixtures/tls/${name}.pem`, import.meta.url));
const up = (answer: Answer): boolean => answer.verdict === 'ok';

/** A server that answers the n-th command of a connection with the n-th reply, and the last one for ever. */
const answers =
	(...replies: string[]) =>
	(socket: Socket): void => {
		let n = 0;
		socket.on('data', () => void socket.write(replies[Math.min(n++, replies.length - 1)] as string));
	};

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;

test('what it says, and what that means', async (t) => {
	for (const [replies, query, verdict, reason, detail] of [
		[['+PONG\r\n'], '', 'ok', undefined, undefined],
		[['$4\r\nPONG\r\n'], '', 'ok', undefined, undefined],
		[['-LOADING Redis is loading the dataset in memory\r\n'], '', 'failed', 'not-serving', /LOADING Redis/],
		[['-MASTERDOWN Link with MASTER is down\r\n'], '', 'failed', 'not-serving', /MASTERDOWN/],
		[['-MISCONF Errors writing to the AOF file\r\n'], '', 'failed', 'not-serving', /MISCONF/],
		[['-BUSY Redis is busy running a script\r\n'], '', 'failed', 'not-serving', /BUSY/],
		[['-NOAUTH Authentication required.\r\n'], '', 'failed', 'status', /NOAUTH/],
		[['-ERR max number of clients reached\r\n'], '', 'failed', 'status', /max number/],
		[['+PANG\r\n'], '', 'failed', 'protocol', /expected PONG, found "PANG"/],
		[['HTTP/1.1 400 Bad Request\r\n\r\n'], '', 'failed', 'protocol', /byte 0x48/],
		[['+PONG\r\n', '*3\r\n$6\r\nmaster\r\n:1\r\n*0\r\n'], '?role=master', 'ok', undefined, undefined],
		[['+PONG\r\n', '*3\r\n$6\r\nmaster\r\n:1\r\n*0\r\n'], '?role=replica', 'failed', 'expectation', /role replica: found master/],
		[['+PONG\r\n', '*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:1\r\n$9\r\nconnected\r\n:5\r\n'], '?role=replica', 'ok', undefined, undefined],
		[['+PONG\r\n', '*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:1\r\n$10\r\nconnecting\r\n:-1\r\n'], '?role=replica', 'warning', undefined, /connecting/],
		[['+PONG\r\n', "-ERR unknown command 'ROLE'\r\n", bulk('# Replication\r\nrole:master\r\n')], '?role=master', 'ok', undefined, undefined],
		[['+PONG\r\n', "-ERR unknown command 'ROLE'\r\n", bulk('role:slave\r\nmaster_link_status:down\r\n')], '?role=replica', 'warning', undefined, /down/],
		[['+PONG\r\n', '-NOPERM no\r\n'], '?role=master', 'failed', 'status', /NOPERM/],
		[['+PONG\r\n', ':7\r\n'], '?role=master', 'failed', 'protocol', /expected a role/],
	] as const) {
		const port = await raw(t, answers(...replies));
		const answer = await ask(`redis://127.0.0.1:${port}${query}`);
		t.deepEqual([answer.verdict, answer.reason], [verdict, reason], JSON.stringify([replies, answer]));
		if (detail) t.regex(answer.detail ?? '', detail);
		else t.is(answer.detail, undefined);
	}
});

test('user, password and database go out once for each connection, and the password is never shown', async (t) => {
	const heard: string[] = [];
	const port = await raw(t, (socket) => {
		socket.on('data', (data) => {
			heard.push(data.toString());
			socket.write(/AUTH|SELECT/.test(data.toString()) ? '+OK\r\n' : '+PONG\r\n');
		});
	});
	const found = await askAll(`redis://me:p%40ss@127.0.0.1:${port}/3`, { times: 2 });
	t.deepEqual(
		found.map((a) => [a.verdict, a.fresh, a.phases.connect !== null]),
		[
			['ok', true, true],
			['ok', false, false],
		],
	);
	t.deepEqual(
		heard.map((text) => text.match(/(?<=\n)[A-Z]+/g)?.[0]),
		['AUTH', 'SELECT', 'PING', 'PING'],
	);
	t.true(heard[0]?.includes('$2\r\nme\r\n$4\r\np@ss\r\n'));
	const teller = await raw(t, answers('-WRONGPASS you said hunter2\r\n'));
	const wrong = await ask(`redis://:hunter2@127.0.0.1:${teller}`);
	t.deepEqual([wrong.reason, wrong.detail], ['status', 'WRONGPASS you said ***']);
	for (const url of ['redis://me@h', 'redis://h/x', 'redis://h?role=king', 'redis://h/%zz']) {
		const error = await t.throwsAsync(ask(url));
		t.is((error as { exit?: number } | undefined)?.exit, 2, url);
	}
});

test('a kept connection that has ended is replaced; fresh ones are new', async (t) => {
	let connections = 0;
	const port = await raw(t, (socket) => {
		connections++;
		socket.once('data', () => {
			socket.write('+PONG\r\n');
			socket.once('data', () => socket.end());
		});
	});
	const found = await askAll(`redis://127.0.0.1:${port}`, { times: 4 });
	t.deepEqual(
		found.map((a) => [a.verdict, a.fresh]),
		Array.from({ length: 4 }, () => ['ok', true]),
	);
	t.is(connections, 4);
	const fresh = await askAll(`redis://127.0.0.1:${await raw(t, answers('+PONG\r\n'))}`, { times: 3, fresh: true });
	t.true(fresh.every((a) => a.fresh && a.verdict === 'ok'));
});

test('two replies to one question: the connection is not asked again', async (t) => {
	let connections = 0;
	const port = await raw(t, (socket) => {
		connections++;
		answers('+PONG\r\n+PONG\r\n')(socket);
	});
	const found = await askAll(`redis://127.0.0.1:${port}`, { times: 3 });
	t.true(found.every((a) => a.verdict === 'ok' && a.fresh));
	t.is(connections, 3);
});

test('the real thing: password, TLS, socket file, a replica without its master', async (t) => {
	if (!have(t, 'redis-server')) return;
	const [dir, port, tlsPort, replicaPort] = [scratch(t), await freePort(), await freePort(), await freePort()];
	const common = ['--save', '', '--dir', dir, '--bind', '127.0.0.1', '--daemonize', 'no'];
	const socket = `${dir}/redis.sock`;
	const tls = [
		'--tls-port',
		`${tlsPort}`,
		'--tls-cert-file',
		file('good'),
		'--tls-key-file',
		file('good'),
		'--tls-ca-cert-file',
		file('ca'),
		'--tls-auth-clients',
		'no',
	];
	start(t, 'redis-server', [...common, '--port', `${port}`, '--requirepass', 's3cret', '--unixsocket', socket, ...tls]);
	t.is((await until(() => ask(`redis://:s3cret@127.0.0.1:${port}`), up)).verdict, 'ok');
	const url = `redis://default:s3cret@127.0.0.1:${port}/1`;
	const kept = await askAll(`${url}?role=master`, { times: 3 });
	t.deepEqual(
		kept.map((a) => [a.verdict, a.fresh]),
		[
			['ok', true],
			['ok', false],
			['ok', false],
		],
	);
	for (const [asked, reason, detail] of [
		[`redis://127.0.0.1:${port}`, 'status', /^NOAUTH/],
		[`redis://:wr0ng@127.0.0.1:${port}`, 'status', /^WRONGPASS/],
		[`redis://:s3cret@127.0.0.1:${port}/99`, 'status', /^ERR DB index/],
		[`${url}?role=replica`, 'expectation', /found master/],
	] as const) {
		const answer = await ask(asked);
		t.is(answer.reason, reason, `${asked} ${JSON.stringify(answer)}`);
		t.regex(answer.detail ?? '', detail);
	}
	// What a TLS server says to those who speak plainly is an alert, EOF or RST.
	t.true(['protocol', 'closed', 'reset'].includes((await ask(`redis://:s3cret@127.0.0.1:${tlsPort}`)).reason as string));
	// A plain Redis waits for the end of the line that it takes a TLS hello for.
	t.is((await ask(`rediss://:s3cret@127.0.0.1:${port}`, { timeoutMs: 200 })).reason, 'tls-timeout');
	const secure = await ask(`rediss://:s3cret@127.0.0.1:${tlsPort}`, { tls: { ca: file('ca') } });
	t.deepEqual([secure.verdict, (secure.certDays as number) > 1000, (secure.phases.tls as number) > 0], ['ok', true, true]);
	t.is((await ask(`redis+unix:${socket}`, { more: { password: 's3cret' } })).verdict, 'ok');

	start(t, 'redis-server', [...common, '--port', `${replicaPort}`, '--replicaof', '127.0.0.1', `${port}`, '--replica-serve-stale-data', 'no']);
	const asReplica = `redis://127.0.0.1:${replicaPort}?role=replica`;
	// Without its master's password it never gets its data, and says so itself.
	const down = await until(
		() => ask(asReplica),
		(a) => a.reason === 'not-serving',
	);
	t.deepEqual([down.reason, down.detail?.slice(0, 10)], ['not-serving', 'MASTERDOWN']);
});

test('the real thing: a replica that follows, and one that is killed', async (t) => {
	if (!have(t, 'redis-server')) return;
	const [dir, port, replicaPort] = [scratch(t), await freePort(), await freePort()];
	const common = ['--save', '', '--dir', dir, '--bind', '127.0.0.1', '--daemonize', 'no'];
	const master = start(t, 'redis-server', [...common, '--port', `${port}`, '--repl-diskless-sync-delay', '0']);
	start(t, 'redis-server', [...common, '--port', `${replicaPort}`, '--replicaof', '127.0.0.1', `${port}`]);
	const asReplica = `redis://127.0.0.1:${replicaPort}?role=replica`;
	const following = await until(() => ask(asReplica), up);
	t.is(following.verdict, 'ok', JSON.stringify(following));
	master.kill('SIGKILL');
	const alone = await until(
		() => ask(asReplica),
		(a) => a.verdict === 'warning',
	);
	t.is(alone.verdict, 'warning', JSON.stringify(alone));
	t.is(
		(
			await until(
				() => ask(`redis://127.0.0.1:${port}`),
				(a) => a.reason === 'refused',
			)
		).reason,
		'refused',
	);
});
