import test from 'ava';
import { parseTarget } from '../../src/model/target.js';
import type { Answer } from '../../src/probes/probe.js';
import { oneLine, reasonOf } from '../../src/probes/reason.js';
import { failure, type Question, type Reply, simple } from '../../src/probes/simple.js';
import { clock } from './ask.js';

const TARGET = parseTarget('tcp://h:1');
const OPTIONS = { clock, keepBody: false, maxBody: 100 };

/** Each question waits until the test answers it. */
const held = () => {
	const asked: { question: Question; resolve(reply: Reply): void; reject(error: Error): void }[] = [];
	const reports: Answer[] = [];
	const probe = simple((_, __, question) => new Promise((resolve, reject) => asked.push({ question, resolve, reject })));
	return { asked, reports, prober: probe.open(TARGET, OPTIONS, (answer) => reports.push(answer)) };
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a reply, with what it leaves out filled in', async (t) => {
	const { asked, reports, prober } = held();
	prober.ask(true);
	t.true(asked[0]?.question.fresh);
	asked[0]?.resolve({ verdict: 'ok', status: 0, phases: { connect: 3 } });
	await turn();
	t.is(reports.length, 1);
	const { sentMs, endMs, ...rest } = reports[0] as Answer;
	t.true(endMs >= sentMs);
	t.deepEqual(rest, {
		verdict: 'ok',
		status: 0,
		fresh: true,
		phases: { dns: null, connect: 3, tls: null, firstByte: null, transfer: null },
		bytes: { sent: 0, received: 0 },
	});
	t.true(asked[0]?.question.signal.aborted);
});

test('a rejection is an answer: its code, and where it happened, make the reason', async (t) => {
	const { asked, reports, prober } = held();
	for (const [stage, error, reason] of [
		['connect', Object.assign(new Error('no'), { code: 'ECONNREFUSED' }), 'refused'],
		['tls', new Error('handshake'), 'tls-failed'],
		['answer', new Error('nonsense'), 'protocol'],
	] as const) {
		prober.ask(false);
		asked.at(-1)?.question.stage(stage);
		asked.at(-1)?.reject(error);
		await turn();
		t.is(reports.at(-1)?.reason, reason);
	}
	const throwing = simple(() => {
		throw Object.assign(new Error('x'), { code: 'EMFILE' });
	}).open(TARGET, OPTIONS, (answer) => reports.push(answer));
	throwing.ask(false);
	await turn();
	t.is(reports.at(-1)?.reason, 'local');
});

test('the deadline holds, whatever the question does; what comes after it is nobody’s', async (t) => {
	const { asked, reports, prober } = held();
	prober.ask(false);
	asked[0]?.question.stage('body');
	prober.abandon();
	t.deepEqual([reports.length, reports[0]?.reason, asked[0]?.question.signal.aborted], [1, 'body-timeout', true]);
	prober.abandon();
	prober.ask(false);
	asked[0]?.question.stage('dns');
	asked[0]?.resolve({ verdict: 'ok' });
	await turn();
	t.is(reports.length, 1);
	asked[1]?.resolve({ verdict: 'warning', detail: 'ill' });
	await turn();
	t.deepEqual([reports.length, reports[1]?.verdict, reports[1]?.detail], [2, 'warning', 'ill']);
	prober.ask(false);
	prober.close();
	t.true(asked[2]?.question.signal.aborted);
	asked[2]?.resolve({ verdict: 'ok' });
	prober.abandon();
	await turn();
	t.is(reports.length, 2);
});

test('one word for each error, by where it happened', (t) => {
	for (const [code, stage, reason] of [
		['ECONNRESET', 'answer', 'reset'],
		['ECONNRESET', 'tls', 'tls-failed'],
		['ETIMEDOUT', 'connect', 'connect-timeout'],
		['ETIMEDOUT', 'answer', 'answer-timeout'],
		['EHOSTUNREACH', 'connect', 'unreachable'],
		['EAI_AGAIN', 'dns', 'resolve-failed'],
		['EADDRNOTAVAIL', 'connect', 'local'],
		['EMFILE', 'connect', 'local'],
		['CERT_HAS_EXPIRED', 'tls', 'tls-expired'],
		['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls', 'tls-untrusted'],
		['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'answer', 'tls-untrusted'],
		['ERR_TLS_CERT_ALTNAME_INVALID', 'tls', 'tls-name'],
		['ERR_SSL_WRONG_VERSION_NUMBER', 'answer', 'tls-failed'],
		['constructor', 'connect', 'unreachable'],
		['', 'answer', 'protocol'],
	] as const)
		t.is(reasonOf(Object.assign(new Error('x'), { code }), stage), reason, `${code} at ${stage}`);
	t.is(oneLine(' a\r\nb\u001b[31m\u2028c '), 'a b [31m c');
	t.is(oneLine('x'.repeat(300)).length, 200);
	t.is(failure('closed', 'a\nb').detail, 'a b');
});
