import test from 'ava';
import { readWatch, type WatchFlags } from '../src/watch-main.js';

const UP = 'http://127.0.0.1:9/';

test('what is wrong with a command line is told before anything is started', async (t) => {
	for (const [typed, flags, code] of [
		[[], {}, 'E_USAGE'],
		[['htp://h'], {}, 'E_TARGET'],
		[['a=tcp://h:1', 'a=tcp://h:2'], {}, 'E_TARGET'],
		[['push:x'], {}, 'E_USAGE'],
		[[UP], { 'accept-unknown': true }, 'E_USAGE'],
		[[], { 'accept-unknown': true }, 'E_USAGE'],
		[[UP], { detector: 'phii' }, 'E_DETECTOR'],
		[[UP], { detector: 'rise-fall fal=3' }, 'E_DETECTOR'],
		[[UP], { outlier: 'deviation=1' }, 'E_DETECTOR'],
		[[UP], { 'load-above': 10, 'load-below': 20 }, 'E_DETECTOR'],
		[[UP], { 'on-change': ['/nowhere/hook'] }, 'E_HOOK'],
		[[UP], { 'on-change': ["x 'y"] }, 'E_FLAG'],
		[[UP], { 'on-change': ['[1]'] }, 'E_FLAG'],
		[[UP], { 'on-change': [''] }, 'E_FLAG'],
		[[UP], { for: 'soon' }, 'E_FLAG'],
		[[UP], { interval: '0s' }, 'E_FLAG'],
		[[UP], { count: 0 }, 'E_FLAG'],
		[[UP], { fast: 'never' }, 'E_FLAG'],
		[[UP], { listen: '9100' }, 'E_FLAG'],
		[[UP], { listen: '0.0.0.0:0' }, 'E_UNSAFE'],
		[[UP], { 'agent-listen': '[::]:0' }, 'E_UNSAFE'],
	] as [string[], WatchFlags, string][])
		await t.throwsAsync(readWatch(typed, flags), { code }, JSON.stringify([typed, flags]));
});

test('what is said, and what is not', async (t) => {
	t.like(await readWatch([UP, 'n1=tcp://h:1', 'push:w'], { listen: ':0' }), {
		pushes: ['w'],
		detector: { kind: 'rise-fall' },
		cohorts: [],
		intervalMs: 1000,
		timeoutMs: 1000,
		fastMs: 250,
		downMs: 1000,
		count: 0,
		forMs: null,
		listen: { host: '127.0.0.1', port: 0 },
		agentListen: null,
		ttlMs: 30_000,
		load: { above: 100, below: 80 },
		hooks: [],
	});
	const plan = await readWatch([UP], {
		interval: '400ms',
		fast: 'off',
		'down-interval': '5s',
		outlier: 'default',
		'load-above': 50,
		listen: '0.0.0.0:1',
		allow: ['0.0.0.0'],
		'on-change': [`${process.execPath} {to}`, `["${process.execPath}", "a b"]`],
	});
	t.like(plan, { fastMs: null, downMs: 5000, cohorts: [{ kind: 'outlier' }], load: { above: 50, below: 50 }, listen: { host: '0.0.0.0', port: 1 } });
	t.deepEqual(plan.hooks, [
		[process.execPath, '{to}'],
		[process.execPath, 'a b'],
	]);
	t.is((await readWatch([UP], { interval: '400ms' })).fastMs, 100);
});
