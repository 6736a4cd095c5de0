import { createServer } from 'node:http';
import test from 'ava';
import { DarumaError } from '../src/model/errors.js';
import { CHOOSER_NAMES, UNWEIGHTED_POLICIES } from '../src/model/plan.js';
import { parseTarget } from '../src/model/target.js';
import { type RankFlags, rankMain } from '../src/rank-main.js';
import { listen } from './probes/ask.js';

const run = async (targets: readonly string[], flags: RankFlags) => {
	const said = { stdout: '', stderr: '' };
	const io = { stdout: { write: (text: string) => (said.stdout += text) }, stderr: { write: (text: string) => (said.stderr += text) } };
	return { ...(await rankMain(targets, { interval: '20ms', timeout: '10s', ...flags }, io)), ...said };
};

test('every policy of the registry ranks, and says what it does not look at', async (t) => {
	const port = await listen(
		t,
		createServer((_, a) => a.end('ok')),
	);
	const [one, two] = [`http://127.0.0.1:${port}/1`, `http://127.0.0.1:${port}/2`];
	for (const policy of CHOOSER_NAMES) {
		const { result, exit } = await run([one, two], { policy, count: 2, weight: [`${two}=3`] });
		t.deepEqual([exit, result.policy, result.ranking.length, result.verdict], [0, policy, 2, 'pass'], policy);
		t.is(
			result.notes.some((note) => note.includes('does not look at weights')),
			UNWEIGHTED_POLICIES.includes(policy),
			policy,
		);
		if (policy === 'weighted')
			t.deepEqual(
				result.ranking.map(({ endpoint, weight }) => [endpoint, weight]),
				[
					[two, 75],
					[one, 25],
				],
			);
	}
});

test('latencies are those of kept connections, where there are some; failures count on any', async (t) => {
	let n = 0;
	const port = await listen(
		t,
		// The first question of all, on a new connection, is slow: a pool would not meet it.
		createServer((_, a) => setTimeout(() => a.end('ok'), n++ === 0 ? 1500 : 0)),
	);
	const { result } = await run([`http://127.0.0.1:${port}/`], { count: 6, policy: 'peak-ewma' });
	t.true((result.endpoints[0]?.fresh.latencyMs.max ?? 0) >= 1490);
	const [, mean = '', unit] = /^peak-sensitive mean ([\d.]+)(m?s)$/.exec(result.ranking[0]!.why) ?? [];
	t.true(Number(mean) * (unit === 's' ? 1000 : 1) < 1400, result.ranking[0]!.why);
});

test('a target named twice is asked once; a weight finds it by its address, too', async (t) => {
	const port = await listen(
		t,
		createServer((_, a) => a.end('ok')),
	);
	const url = `http://user:secret@127.0.0.1:${port}/`;
	const { result, stdout } = await run([url, url, `http://127.0.0.1:${port}/2`], { count: 1, policy: 'weighted', weight: [`127.0.0.1:${port}=2`] });
	t.deepEqual(
		result.ranking.map(({ why }) => why),
		['weight 2 of 4', 'weight 2 of 4'],
	);
	t.false(stdout.includes('secret'));
	t.is(result.endpoints[0]?.endpoint, parseTarget(url).name);
});

test('what is wrong is told before anything is asked: exit 2, and what was meant', async (t) => {
	const url = 'http://127.0.0.1:1/';
	for (const [targets, flags, words] of [
		[[], {}, /expected targets/],
		[['127.0.0.1:80'], {}, /expected a URL/],
		[[url], { policy: 'p2c-peek-ewma' }, /did you mean p2c-peak-ewma\?/],
		[[url], { policy: 'nonsense' }, /--policy: expected one of random, /],
		[[url], { policy: '__proto__' }, /--policy: expected one of random, /],
		[[url], { emit: 'nginz' }, /did you mean nginx\?/],
		[[url], { emit: 'constructor' }, /--emit: expected one of nginx, /],
		[[url], { emit: 'nginx', json: true }, /no --json beside it/],
		[[url], { emit: 'nginx', compare: true }, /no --compare beside it/],
		[[url], { emit: 'nginx', format: 'ndjson' }, /no --format beside it/],
		[[url], { emit: 'nginx', pool: 'a b;' }, /no name for a pool/],
		[[url, `${url}other`], { emit: 'nginx' }, /one target per server/],
		[['exec:true'], { emit: 'nginx' }, /a host and a port/],
		[['http+unix:/x.sock:/'], { emit: 'nginx' }, /a host and a port/],
		[[url], { pool: 'a' }, /--emit with it/],
		[[url], { rate: '5/s' }, /--compare with it/],
		[[url], { compare: true, rate: 'fast' }, /a rate such as 200\/s/],
		[[url], { compare: true, clients: 0 }, /--clients: expected a whole number from 1 on/],
		[[url], { compare: true, clients: 1e9 }, /--clients: expected a whole number from 1 to 1000/],
		[[url], { weight: ['3'] }, /TARGET=N/],
		[[url], { weight: [`${url}=0`] }, /TARGET=N/],
		[[url], { weight: [`${url}=`] }, /TARGET=N/],
		[[url], { weight: [`${url}=Infinity`] }, /TARGET=N/],
		[[url], { weight: ['http://127.0.0.1:2/=3'] }, /did you mean http:\/\/127\.0\.0\.1:1\/\?/],
		[[url], { key: 'k' }, /a keyed policy.*--tls-key/s],
		[[url], { format: 'junit' }, /--format: expected one of table, json, ndjson, prometheus/],
		[[url], { count: 0 }, /--count/],
		[[url], { expect: ['p99 < 10'] }, /--expect/],
		[[url], { output: '/nowhere/at/all' }, /--output \/nowhere\/at\/all: cannot write there/],
	] as [string[], RankFlags, RegExp][]) {
		const error = await t.throwsAsync<DarumaError>(run(targets, flags), { instanceOf: DarumaError }, JSON.stringify(flags));
		t.is(error?.exit, 2);
		t.regex(`${error?.message} ${error?.hint}`, words);
	}
});
