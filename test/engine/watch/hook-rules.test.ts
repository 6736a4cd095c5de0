import test from 'ava';
import type { State } from '../../../src/detectors/detector.js';
import { fillHook, hookEnv, Settled } from '../../../src/engine/watch/hook-rules.js';

test('from one settled state to another; a suspicion is none', (t) => {
	for (const [states, changes] of [
		[['up'], []],
		[['down'], ['unknown>down']],
		[
			['warning', 'up'],
			['unknown>warning', 'warning>up'],
		],
		[['up', 'suspect', 'up'], []],
		[
			['up', 'suspect', 'down', 'up'],
			['up>down', 'down>up'],
		],
		[['up', 'unknown', 'up', 'down'], ['up>down']],
	] as [State[], string[]][]) {
		const settled = new Settled();
		const found = states.flatMap((to) => settled.change({ endpoint: 'n1', from: 'unknown', to, why: '', by: 'probe' }) ?? []);
		t.deepEqual(
			found.map(({ from, to }) => `${from}>${to}`),
			changes,
			states.join(),
		);
	}
});

test('words stay words', (t) => {
	const change = { endpoint: 'n1 {to}; rm', from: 'up', to: 'down', why: 'a\0b', by: 'probe' } as const;
	t.deepEqual(fillHook(['/bin/x', '{endpoint}', 'is-{to}', '{nope} {reason}', '{from}{from}', '{time}'], change, 'T'), [
		'/bin/x',
		'n1 {to}; rm',
		'is-down',
		'{nope} ab',
		'upup',
		'T',
	]);
	t.deepEqual(hookEnv(change, 'T'), {
		DARUMA_ENDPOINT: 'n1 {to}; rm',
		DARUMA_FROM: 'up',
		DARUMA_TO: 'down',
		DARUMA_REASON: 'ab',
		DARUMA_BY: 'probe',
		DARUMA_TIME: 'T',
	});
});
