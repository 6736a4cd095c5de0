import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { freePort } from '../../src/platform/ports.js';
import { nginx } from '../../src/subjects/nginx.js';
import { defaultNginx } from '../../src/subjects/nginx-render.js';
import { accepts, FIXTURES, have, openStage, scratch, send, tinyNode } from './stage.js';

const DEFAULT = { kind: 'nginx', config: 'default' } as const;
const http = (inner: string): string => `events {}\nhttp {\n\tserver {\n\t\tlisten {listen};\n${inner}\n\t}\n}\n`;

test.serial('the fixture of the default is the default', (t) => {
	const fixture = readFileSync(join(FIXTURES, 'nginx-default.conf'), 'utf8');
	t.is(fixture.split('\n').slice(1).join('\n'), defaultNginx(3).text);
});

test.serial('the default is accepted for one, three and five nodes, and says what it is', async (t) => {
	if (!have(t, 'nginx')) return;
	for (const replicas of [1, 3, 5]) {
		const facts = await nginx.check(DEFAULT, replicas);
		t.regex(facts.version ?? '', /^\d+\.\d+/);
		t.is(facts.witness, 'its log');
	}
});

for (const name of ['nginx-default.conf', 'nginx-non-idempotent.conf', 'nginx-short-timeouts.conf', 'nginx-short-timeouts-non-idempotent.conf']) {
	test.serial(`${name} is accepted`, async (t) => {
		if (!have(t, 'nginx')) return;
		t.is((await nginx.check({ kind: 'nginx', config: join(FIXTURES, name) }, 3)).witness, 'its log');
	});
}

test.serial('requests pass with their id; a refused node costs a second try, and the log tells of both; nothing is left', async (t) => {
	if (!have(t, 'nginx')) return;
	const nodes = [await tinyNode(t, 'n1'), await tinyNode(t, 'n2'), await tinyNode(t, 'n3')] as const;
	const stage = await openStage(t, nodes);
	const subject = await nginx.start(DEFAULT, stage);
	const target = subject.target!;
	const requests = [await send(stage, target, 'r1'), await send(stage, target, 'r2'), await send(stage, target, 'r3')];
	t.deepEqual(
		nodes.map((n) => n.received.length),
		[1, 1, 1],
	);
	t.deepEqual(nodes.flatMap((n) => n.received).sort(), ['r1', 'r2', 'r3']);

	await nodes[1].close();
	for (const id of ['r4', 'r5', 'r6']) requests.push(await send(stage, target, id, 'POST'));
	t.true(
		requests.every((r) => r.outcome === 'ok'),
		JSON.stringify(requests),
	);
	const attempts = await subject.witness(requests);
	t.deepEqual(subject.notes, []);
	for (const id of ['r1', 'r2', 'r3'])
		t.deepEqual(
			attempts.filter((a) => a.id === id).map((a) => a.outcome),
			['ok'],
		);
	const refused = attempts.filter((a) => a.outcome === 'unsent');
	t.deepEqual(
		refused.map((a) => a.node),
		['n2'],
	);
	const both = attempts.filter((a) => a.id === refused[0]?.id);
	t.deepEqual(
		both.map((a) => [a.n, a.outcome]),
		[
			[1, 'unsent'],
			[2, 'ok'],
		],
	);
	t.true(both[1]?.node === 'n1' || both[1]?.node === 'n3');
	for (const request of requests) {
		for (const a of attempts.filter((x) => x.id === request.id))
			t.true(a.t >= request.sentMs && a.t <= request.endMs + 100, `${a.t} is not within ${request.sentMs}…${request.endMs}`);
	}

	await subject.stop();
	t.false(await accepts(target));
	t.regex(await subject.exited, /ended by itself/);
});

test.serial('a silent node is given up, a GET is sent again, and the log says failed, then ok', async (t) => {
	if (!have(t, 'nginx')) return;
	const nodes = [await tinyNode(t, 'n1', 'silent'), await tinyNode(t, 'n2')];
	const stage = await openStage(t, nodes);
	const config = join(scratch(t), 'own.conf');
	writeFileSync(config, 'upstream be{server {n1};server {n2};}\nserver{listen {listen};location /{proxy_read_timeout 1s;proxy_pass http://be;}}\n');
	const subject = await nginx.start({ kind: 'nginx', config }, stage);
	const requests = [await send(stage, subject.target!, 'r1'), await send(stage, subject.target!, 'r2')];
	const attempts = await subject.witness(requests);
	t.deepEqual(
		attempts.filter((a) => a.id === 'r1').map((a) => [a.node, a.outcome]),
		[
			['n1', 'failed'],
			['n2', 'ok'],
		],
	);
	t.regex(subject.notes.join(), /holds no http block/);
	await subject.stop();
});

test.serial('when no server is live, the name of the group is no attempt; a client that gives up leaves a failed one', async (t) => {
	if (!have(t, 'nginx')) return;
	const dead = [await tinyNode(t, 'n1'), await tinyNode(t, 'n2')] as const;
	for (const node of dead) await node.close();
	const stage = await openStage(t, [...dead, await tinyNode(t, 'n3', 'silent')]);
	const config = join(scratch(t), 'own.conf');
	writeFileSync(
		config,
		'upstream be { server {n1}; server {n2}; }\nserver { listen {listen};\n location / { proxy_pass http://be; error_page 418 = @never; if ($request_method = POST) { proxy_pass http://{n3}; } } }\n',
	);
	const subject = await nginx.start({ kind: 'nginx', config }, stage);
	const requests = [];
	for (const id of ['r1', 'r2']) requests.push(await send(stage, subject.target!, id));
	t.deepEqual(
		requests.map((r) => r.status),
		[502, 502],
	);
	requests.push(await send(stage, subject.target!, 'r3', 'POST', 150));
	const attempts = await subject.witness(requests);
	t.deepEqual(
		attempts.filter((a) => a.id === 'r1').map((a) => [a.node, a.outcome]),
		[
			['n1', 'unsent'],
			['n2', 'unsent'],
		],
	);
	t.deepEqual(
		attempts.filter((a) => a.id === 'r2'),
		[],
	);
	t.true(attempts.filter((a) => a.id === 'r3').every((a) => a.node === 'n3' && a.outcome === 'failed'));
	await subject.stop();
});

test.serial('a log of the file, switched on or off further in, does not hide the witness', async (t) => {
	if (!have(t, 'nginx')) return;
	const nodes = [await tinyNode(t, 'n1')];
	const stage = await openStage(t, nodes);
	const config = join(scratch(t), 'own.conf');
	writeFileSync(config, http('\t\taccess_log {dir}/mine.log;\n\t\tlocation / { access_log off; proxy_pass http://{n1}; }'));
	const subject = await nginx.start({ kind: 'nginx', config }, stage);
	const requests = [await send(stage, subject.target!, 'r1')];
	t.deepEqual(
		(await subject.witness(requests)).map((a) => [a.id, a.node, a.outcome]),
		[['r1', 'n1', 'ok']],
	);
	t.true(existsSync(join(stage.dir, 'mine.log')));
	await subject.stop();
});

test.serial('relative includes are found; one with an access_log of its own means no witness, and that is said', async (t) => {
	if (!have(t, 'nginx')) return;
	const home = scratch(t);
	mkdirSync(join(home, 'snippets'));
	writeFileSync(join(home, 'snippets/location.conf'), 'location /x { access_log off; return 204; }\n');
	writeFileSync(join(home, 'mime.types'), 'types { text/plain txt; }\n');
	const config = join(home, 'site.conf');
	writeFileSync(config, http('\t\tinclude mime.types;\n\t\tinclude snippets/*.conf;\n\t\tlocation / { proxy_pass http://{n1}; }'));
	t.is((await nginx.check({ kind: 'nginx', config })).witness, 'none: an included file has an access_log of its own');
	const stage = await openStage(t, [await tinyNode(t, 'n1')]);
	const subject = await nginx.start({ kind: 'nginx', config }, stage);
	t.deepEqual(await subject.witness([await send(stage, subject.target!, 'r1')]), []);
	t.regex(subject.notes.join(), /no witness of its attempts: an included file/);
	await subject.stop();
});

test.serial('a file from production is accepted: modules by include, Debian’s own switches, links beside it', async (t) => {
	if (!have(t, 'nginx')) return;
	const home = scratch(t);
	const config = join(home, 'nginx.conf');
	const modules = existsSync('/etc/nginx/modules-enabled') ? 'include /etc/nginx/modules-enabled/*.conf;' : '';
	const mime = existsSync('/etc/nginx/mime.types') ? 'include /etc/nginx/mime.types;' : '';
	writeFileSync(
		config,
		`user www-data;\nworker_processes auto;\npid /run/nginx.pid;\n${modules}\nevents { worker_connections 768; }\nhttp { sendfile on; ${mime} gzip on; access_log {dir}/access.log;\n\tserver { listen {listen} default_server; location / { proxy_pass http://{n1}; } }}\n`,
	);
	t.is((await nginx.check({ kind: 'nginx', config }, 1)).witness, 'its log');
	const stage = await openStage(t, [await tinyNode(t, 'n1')]);
	const subject = await nginx.start({ kind: 'nginx', config }, stage);
	const request = await send(stage, subject.target!, 'r1');
	t.deepEqual(
		(await subject.witness([request])).map((a) => [a.node, a.outcome]),
		[['n1', 'ok']],
	);
	t.regex(subject.notes.join(), /pid \/run\/nginx.pid became pid nginx.pid/);
	await subject.stop();
});

test.serial('a file that wants to be a daemon stays under custody', async (t) => {
	if (!have(t, 'nginx')) return;
	const stage = await openStage(t, [await tinyNode(t, 'n1')]);
	const config = join(scratch(t), 'own.conf');
	writeFileSync(config, `daemon on;\npid /run/never-this.pid;\n${http('\t\tlocation / { proxy_pass http://{n1}; }')}`);
	const subject = await nginx.start({ kind: 'nginx', config }, stage);
	t.is((await send(stage, subject.target!, 'r1')).status, 200);
	t.false(existsSync('/run/never-this.pid'));
	await subject.stop();
	t.false(await accepts(subject.target!));
});

for (const [name, text, code, said] of [
	[
		'bad syntax',
		'events {}\nhttp {\n\tserver {\n\t\tlisten {listen};\n\t\tproxy_passs http://{n1};\n\t}\n}\n',
		'E_SUBJECT_CONFIG',
		/own\.conf:5: nginx: unknown directive "proxy_passs"/,
	],
	[
		'an open block',
		'events {}\nhttp { server { listen {listen}; location / { proxy_pass http://{n1}; }\n',
		'E_SUBJECT_CONFIG',
		/own\.conf:3: nginx: unexpected end of file/,
	],
	['no {listen}', 'events {}\nhttp { server { listen 8080; location / { proxy_pass http://{n1}; } } }\n', 'E_TEMPLATE', /\{listen\} is nowhere/],
	['no node', http('\t\treturn 204;'), 'E_TEMPLATE', /none of the nodes/],
	['a node too many', http('\t\tlocation / { proxy_pass http://{n4}; }'), 'E_TEMPLATE', /own\.conf:5: \{n4\}: there is no such node/],
	['a misspelt name', http('\t\tlocation / { proxy_pass http://{upstream}; }'), 'E_TEMPLATE', /own\.conf:5: .*did you mean \{upstreams\}/],
] as const) {
	test.serial(`${name}: exit 2 with the place in the user's file`, async (t) => {
		if (!have(t, 'nginx')) return;
		const config = join(scratch(t), 'own.conf');
		writeFileSync(config, text);
		const error = await t.throwsAsync<Error & { code: string; exit: number }>(nginx.check({ kind: 'nginx', config }, 3));
		t.is(error?.code, code, error?.message);
		t.is(error?.exit, 2);
		t.regex(error?.message ?? '', said);
	});
}

test.serial('no such file: exit 2', async (t) => {
	if (!have(t, 'nginx')) return;
	await t.throwsAsync(nginx.check({ kind: 'nginx', config: '/nowhere/x.conf' }), { code: 'E_NO_FILE', message: /no such file/ });
});

test.serial('a second port of the file that is taken: exit 4, and nothing is left', async (t) => {
	if (!have(t, 'nginx')) return;
	const port = await freePort();
	const blocker = createServer();
	await new Promise<void>((resolve) => void blocker.listen(port, '127.0.0.1', resolve));
	t.teardown(() => void blocker.close());
	const stage = await openStage(t, [await tinyNode(t, 'n1')]);
	const config = join(scratch(t), 'own.conf');
	writeFileSync(config, `events {}\nhttp { server { listen {listen}; listen 127.0.0.1:${port}; location / { proxy_pass http://{n1}; } } }\n`);
	const error = await t.throwsAsync<Error & { code: string; exit: number }>(nginx.start({ kind: 'nginx', config }, stage));
	t.is(error?.code, 'E_PORT_IN_USE', error?.message);
	t.is(error?.exit, 4);
	t.true(error?.message.includes(String(port)), error?.message);
});
