import dns from 'node:dns';
import { createServer } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import test from 'ava';
import { ask, askAll, listen } from './ask.js';

/** Names of this test, and the addresses they have; null: the resolver never answers. */
const NAMES: Record<string, [address: string, family: number][] | null> = {
	'two.test': [
		['127.0.0.2', 4],
		['127.0.0.1', 4],
	],
	'both.test': [
		['::1', 6],
		['127.0.0.1', 4],
	],
	'none.test': [
		['127.0.0.2', 4],
		['127.0.0.3', 4],
	],
	'empty.test': [],
	'silent.test': null,
};
const { lookup } = dns;
test.before(() => {
	dns.lookup = ((name: string, options: object, done: (error: Error | null, found: unknown) => void) => {
		const found = NAMES[name];
		if (found === undefined) return lookup(name, options as never, done as never);
		if (found === null) return undefined;
		const error = found.length === 0 ? Object.assign(new Error(`no address for ${name}`), { code: 'ENOTFOUND' }) : null;
		setImmediate(() =>
			done(
				error,
				found.map(([address, family]) => ({ address, family })),
			),
		);
		return undefined;
	}) as unknown as typeof lookup;
	syncBuiltinESMExports();
});
test.after.always(() => {
	dns.lookup = lookup;
	syncBuiltinESMExports();
});

test('all addresses are tried; the one that answered is named, and those that did not', async (t) => {
	const port = await listen(
		t,
		createServer((_, a) => a.end()),
	);
	const [answer, kept] = await askAll(`http://two.test:${port}/`, { times: 2 });
	t.deepEqual([answer?.verdict, answer?.address, answer?.detail], ['ok', '127.0.0.1', 'also tried: 127.0.0.2 refused']);
	t.true((answer?.phases.dns as number) >= 0 && (answer?.phases.connect as number) > 0);
	t.deepEqual([kept?.phases.dns, kept?.detail, kept?.address], [null, undefined, '127.0.0.1']);
	const both = await ask(`tcp://both.test:${port}`);
	t.deepEqual([both.verdict, both.address], ['ok', '127.0.0.1']);
	t.regex(both.detail ?? '', /^also tried: ::1 /);
});

test('when none answers, the reason is the last one; when there is none, that', async (t) => {
	t.is((await ask('http://none.test:9/')).reason, 'refused');
	const nowhere = await ask('http://empty.test:9/');
	t.deepEqual([nowhere.reason, nowhere.detail], ['resolve-failed', 'no address for empty.test']);
	t.is((await ask('http://silent.test:9/', { timeoutMs: 50 })).reason, 'resolve-timeout');
});
