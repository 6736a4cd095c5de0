import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import test from 'ava';
import { AgreementTally, type Spoken } from '../../../src/checks/compare/agreement.js';
import { costOf } from '../../../src/checks/compare/cost.js';
import { normalise, parsePlace } from '../../../src/checks/compare/normalise.js';
import type { Agreement } from '../../../src/checks/compare/result.js';
import { PLAIN } from '../../../src/report/index.js';
import { costLine } from '../../../src/report/probe/cost.js';
import { junit } from '../../../src/report/probe/junit.js';
import { nagios } from '../../../src/report/probe/nagios.js';
import { table } from '../../../src/report/probe/table.js';
import { tap } from '../../../src/report/probe/tap.js';
import { DOWN, result, UP } from './results.fixture.js';

const agreed = (bodies: readonly string[], rounds: number, height: string | null = null): Agreement => {
	const how = { headers: [], ignore: [], digest: null, height: height === null ? null : parsePlace(height) };
	const tally = new AgreementTally(
		bodies.map((_, i) => `http://n${i + 1}/`),
		{ how, maxLag: 0, hash: (text) => `${text.length}`.padEnd(32, 'f') },
	);
	for (let i = 0; i < rounds; i++) {
		const spoken = bodies.map((body, n): Spoken => {
			const normal = body === '' ? null : normalise({ status: 200, body: new TextEncoder().encode(body) }, how);
			return { endpoint: `http://n${n + 1}/`, normal, sentMs: 10 * i, endMs: 10 * i + n + 1, fresh: false };
		});
		if (tally.round(spoken)) tally.again(spoken);
	}
	return tally.result();
};
const COST = costOf({ requests: 12, bytesSent: 1200, bytesReceived: 1900, windowMs: 1000 });

test('the table names who stands apart, and in what', (t) => {
	const agreement = agreed(['{"v":1,"h":9}', '{"v":1,"h":9}', '{"v":2,"h":9}', '{"v":1,"h":3}', ''], 5, '$.h');
	const text = table.result({ ...result(UP), agreement, cost: COST }, { style: PLAIN, width: 100 });
	t.regex(text, /^ANSWERS +ENDPOINT +ROUNDS +DIGEST +HEIGHT +LAG$/m);
	t.regex(text, /^agrees +http:\/\/n1\/ +5\/5 +\S{12} +9 +0$/m);
	t.regex(text, /^dissents +http:\/\/n3\/ +5\/5 .*\$\.v: 2, where others say 1$/m);
	t.regex(text, /^lags +http:\/\/n4\/ +5\/5 +\S+ +3 +6 .*6 behind the furthest/m);
	t.regex(text, /^silent +http:\/\/n5\/ .*no answer to compare$/m);
	t.regex(text, /^fail: http:\/\/n3\/ dissents; http:\/\/n4\/ lags$/m);
});

test('JUnit, TAP and nagios fail where the comparison does', (t) => {
	const tell = { style: PLAIN, width: 100 };
	const apart = { ...result(UP), verdict: 'fail' as const, agreement: agreed(['a', 'a', 'b!'], 1) };
	t.regex(junit.result(apart, tell), /<testcase classname="all targets" name="answers agree">\n +<failure message="http:\/\/n3\/ dissents" type="fail">/);
	t.regex(tap.result(apart, tell), /^not ok \d+ - all targets: answers agree$/m);
	t.regex(nagios.result(apart, tell), /^PROBE CRITICAL - 1 of 1 up; .*answers agree fail: http:\/\/n3\/ dissents/);
	const alike = { ...result(UP), agreement: agreed(['a', 'a', 'a'], 1) };
	t.regex(junit.result(alike, tell), /<testcase classname="all targets" name="answers agree"\/>/);
	t.regex(tap.result(alike, tell), /^ok \d+ - all targets: answers agree$/m);
});

test('what detection costs is told under every table', (t) => {
	t.is(costLine(COST, undefined, 1), 'detection costs: 12 requests/s, 3.1 KB/s (1.2 KB/s sent, 1.9 KB/s received)');
	t.regex(
		costLine(COST, agreed(['a', 'a', 'a'], 5).delay, 3) ?? '',
		/; waiting for all three answers adds 2ms at p50 to the fastest \(1ms until more than half say the same, 1ms over one replica's on average\)$/,
	);
	t.regex(costLine(COST, agreed(['a', 'a'], 1).delay, 2) ?? '', /two answers adds 1ms at most \(1 round\)/);
	t.regex(costLine(COST, agreed(['a', 'b'], 5).delay, 2) ?? '', /to the fastest \(0\.5ms over one/, 'no majority, no wait for one');
	t.is(costLine(COST, agreed(['', ''], 1).delay, 2), costLine(COST, undefined, 2), 'nobody to wait for');
	t.is(costLine(costOf({ requests: 0, bytesSent: 0, bytesReceived: 0, windowMs: 0 }), undefined, 1), null);
	t.regex(table.result({ ...result(UP), cost: COST }, { style: PLAIN, width: 100 }), /^detection costs: /m);
});

test('the document fits schemas/probe.schema.json', async (t) => {
	const schema = JSON.parse(await readFile(new URL('../../../../schemas/probe.schema.json', import.meta.url), 'utf8'));
	const fits = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);
	for (const agreement of [agreed(['a', 'a', 'b'], 5), agreed(['a', 'b'], 1), agreed(['', ''], 1), agreed(['{"h":1}', '{"h":2}'], 2, '$.h')]) {
		const document = JSON.parse(JSON.stringify({ ...result(UP, DOWN), agreement, cost: COST }));
		t.true(fits(document), JSON.stringify(fits.errors));
		t.false(fits({ ...document, agreement: { ...agreement, verdict: 'differs' } }));
	}
});
