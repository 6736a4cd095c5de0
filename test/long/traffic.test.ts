import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { daruma, scratch } from '../e2e/daruma.js';
import { checkOf, experimentOf, FIXTURES, gateway } from '../e2e/experiment.js';
import { Marked } from '../e2e/leftovers.js';
import { have } from './rows.js';

const own = (...flags: string[]): string[] => [process.execPath, join(FIXTURES, 'traffic/round-robin.js'), ...flags];
const plan = (more: object): string =>
	JSON.stringify({
		version: 1,
		seed: 7,
		cluster: { replicas: 3, builtin: { http: { serviceMs: 20 } } },
		experiments: [{ name: 'short', fault: { kind: 'kill', target: 'n2', for: '1s' }, baseline: '5s', after: '3s', expect: { nonIdempotentReplayed: 0 } }],
		...more,
	});

test.serial('a test of one’s own that fails: exit 1, with its last words', async (t) => {
	const cwd = scratch(t);
	writeFileSync(join(cwd, 'daruma.yaml'), plan({ traffic: { command: own(), correlate: 'header x-request-id' } }));
	const ran = await daruma(['verify', '--json'], { cwd });
	t.is(ran.code, 1, ran.stdout);
	t.like(checkOf(ran.stdout, 'command'), { verdict: 'fail', value: 1 });
	t.regex(checkOf(ran.stdout, 'command').why, /exit code 1: [1-9]\d* calls failed/);
});

test.serial('one that would never end is ended, and is not judged; one that ends before the fault proves nothing', async (t) => {
	const mark = new Marked();
	const cwd = scratch(t);
	writeFileSync(join(cwd, 'daruma.yaml'), plan({ traffic: { command: [process.execPath, '-e', 'setInterval(() => {}, 1000)'], finish: '0s' } }));
	const endless = await daruma(['verify', '--json'], { cwd, env: mark.env });
	t.is(endless.code, 3, endless.stdout);
	t.true(experimentOf(endless.stdout).notes.some((note) => /was ended: its exit code is not judged/.test(note)));
	t.deepEqual((await mark.gone(2000)).left, []);

	const short = await daruma(['verify', '--json', '--', ...own('--calls', '3')], { cwd });
	t.is(short.code, 3, short.stdout);
	t.like(checkOf(short.stdout, 'command'), { verdict: 'inconclusive', value: 0 });
	t.regex(checkOf(short.stdout, 'command').why, /before any fault/);
	t.is(experimentOf(short.stdout).events.length, 0, 'no fault was injected any more');
});

for (const where of ['header x-request-id', 'trace', 'query rid', 'body /meta/id']) {
	test.serial(`through a gateway that strips x-daruma-id, ids survive in: ${where}`, async (t) => {
		const cwd = scratch(t);
		const traffic = {
			rate: '60/s',
			timeout: '2s',
			correlate: where,
			mix: [{ method: 'POST', path: '/task', headers: { 'content-type': 'application/json' }, body: '{"n":1}' }],
		};
		writeFileSync(join(cwd, 'daruma.yaml'), plan({ subject: gateway('--drop-ids', '--retry-all'), traffic }));
		const ran = await daruma(['verify', '--json'], { cwd });
		const { metrics, notes } = experimentOf(ran.stdout);
		t.false(
			notes.some((note) => /cannot be joined/.test(note)),
			ran.stdout,
		);
		t.is(metrics.doubleExecuted!.observedBy, 'replica');
		t.true(metrics.amplification!.value! >= 1);
		t.is(typeof metrics.nonIdempotentReplayed!.value, 'number');
	});
}

test.serial('nginx behind TLS, asked over TLS', async (t) => {
	if (!have(t, 'nginx')) return;
	const cwd = scratch(t);
	const pem = join(FIXTURES, 'tls/good.pem');
	writeFileSync(
		join(cwd, 'nginx.conf'),
		`events {}\nhttp {\n\tupstream be { server {n1}; server {n2}; server {n3}; }\n\tserver {\n\t\tlisten {listen} ssl;\n\t\tssl_certificate ${pem};\n\t\tssl_certificate_key ${pem};\n\t\tlocation / { proxy_pass http://be; }\n\t}\n}\n`,
	);
	const subject = { nginx: './nginx.conf', tls: { ca: join(FIXTURES, 'tls/ca.pem') } };
	writeFileSync(join(cwd, 'daruma.yaml'), plan({ subject, traffic: { rate: '60/s' } }));
	const ran = await daruma(['verify', '--json'], { cwd });
	const { metrics, notes } = experimentOf(ran.stdout);
	t.true(metrics.availability!.value! > 0.5, ran.stdout);
	t.true(metrics.requests!.value! > 10);
	t.false(notes.some((note) => /cannot be joined/.test(note)));
});
