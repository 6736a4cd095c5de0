import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { daruma, scratch } from './daruma.js';
import { checkOf, experimentOf, FIXTURES, gateway, type Wanted, write } from './experiment.js';
import { Marked } from './leftovers.js';

const script = (name: string, ...args: string[]): string[] => [process.execPath, join(FIXTURES, 'replicas', name), ...args];
const CRASH = { kind: 'crash', target: 'n2', for: '1s', methods: ['POST'] };

const verify = async (t: Parameters<typeof scratch>[0] & { deepEqual(a: unknown, b: unknown): unknown }, wanted: Wanted, ...flags: string[]) => {
	const mark = new Marked();
	const cwd = scratch(t);
	write(cwd, wanted);
	const ran = await daruma(['verify', '--json', ...flags], { cwd, env: mark.env });
	t.deepEqual((await mark.gone(1000)).left, []);
	return { ...ran, cwd };
};

const replicas = {
	HTTP: { command: script('http.js', '--port', '{port}'), ready: { http: '/healthz' } },
	'a line in its log': { command: script('log-line.js'), ready: { log: '^ready to serve' } },
	TCP: { command: script('tcp.js', '{listen}'), ready: { tcp: true } },
};
for (const [how, cluster] of Object.entries(replicas)) {
	test.serial(`any command as replica: ${how} tells when it is ready, also after a restart`, async (t) => {
		const mix = [{ method: 'GET', path: '/task' }];
		const { code, stdout, stderr } = await verify(t, {
			cluster,
			mix,
			after: '500ms',
			fault: { kind: 'kill', target: 'n2', for: '300ms' },
			expect: { availability: '>= 20%' },
		});
		t.true(code === 0 || code === 3, stdout + stderr);
		const { events, metrics, notes } = experimentOf(stdout);
		t.true(events[0]!.healedMs! > events[0]!.effectiveMs!);
		t.true(metrics.requests!.value! > 0);
		t.is(metrics.late!.value, 0, 'an answer that the client had was in time');
		t.false(
			notes.some((note) => /cut off/.test(note)),
			'probes that a ledger tells of do not hold the drain open',
		);
		t.is(metrics.lost?.observedBy, 'log' in cluster.ready ? 'replica' : 'tap');
	});
}

test.serial('a gateway that sends POSTs again fails, with the ids of the requests, though every client was content', async (t) => {
	const { code, stdout, cwd } = await verify(t, {
		subject: gateway('--retry-all'),
		fault: CRASH,
		expect: { availability: '>= 10%', nonIdempotentReplayed: 0 },
	});
	t.is(code, 1, stdout);
	t.true(experimentOf(stdout).metrics.availability!.value! > 0.95, stdout);
	const check = checkOf(stdout, 'nonIdempotentReplayed');
	t.is(check.verdict, 'fail');
	t.regex(check.evidence[0]!, /^r\d+$/);
	const told = await daruma(['explain', 'latest', check.evidence[0]!], { cwd });
	t.is(told.code, 0);
	t.regex(told.stdout, /POST \/task/);
	t.regex(told.stdout, /n2/);
});

test.serial('ids that do not survive the subject: what needs both sides is inconclusive, what clients saw is not', async (t) => {
	const { code, stdout } = await verify(t, {
		subject: gateway('--drop-ids', '--retry-all'),
		fault: CRASH,
		expect: { nonIdempotentReplayed: 0, availability: '>= 10%' },
	});
	t.is(code, 3, stdout);
	t.true(experimentOf(stdout).metrics.availability!.value! > 0.5, 'clients are seen all the same');
	const check = checkOf(stdout, 'nonIdempotentReplayed');
	t.is(check.verdict, 'inconclusive');
	t.is(check.value, null);
	t.regex(check.next ?? '', /x-daruma-id/);
	for (const name of ['replayed', 'doubleExecuted', 'ghost', 'lost']) t.is(experimentOf(stdout).metrics[name]?.value, null, name);
});

test.serial('a gateway that gives up: its users see it', async (t) => {
	const { code, stdout } = await verify(t, {
		subject: gateway('--no-retry'),
		fault: { kind: 'kill', target: 'n2', for: '1s' },
		expect: { availability: '>= 99%', nonIdempotentReplayed: 0 },
	});
	// A share that fell short is measured, not proven: on a machine that is too busy it is inconclusive, but never a pass.
	t.true(code === 1 || code === 3, stdout);
	t.not(checkOf(stdout, 'availability').verdict, 'pass');
	t.not(checkOf(stdout, 'nonIdempotentReplayed').verdict, 'fail');
	t.true(experimentOf(stdout).metrics.missedRetry!.value! > 0, 'a refused connection may always be tried elsewhere');
});

test.serial('nothing is green because nothing was tested; --inconclusive moves that, and only that', async (t) => {
	const wanted = { subject: gateway('--stick'), expect: { availability: '>= 10%' } };
	const { code, stdout, cwd } = await verify(t, wanted);
	t.is(code, 3, stdout);
	for (const check of experimentOf(stdout).checks) t.is(check.verdict, 'inconclusive', check.name);
	t.regex(checkOf(stdout, 'availability').why, /n2 had no traffic/);
	const again = async (...flags: string[]): Promise<number | null> => (await daruma(['report', 'latest', ...flags], { cwd })).code;
	t.is(await again(), 3);
	t.is(await again('--inconclusive', 'pass'), 0);
	t.is(await again('--inconclusive', 'fail'), 1);
	t.is((await daruma(['judge', 'latest', '--expect', 'p99 <= 10s', '--inconclusive', 'fail'], { cwd })).code, 1, 'still nothing was tested');
	t.is(JSON.parse(readFileSync(join(cwd, '.daruma/runs', JSON.parse(stdout).run, 'run.json'), 'utf8')).verdict, 'inconclusive');
});
