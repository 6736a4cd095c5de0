import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import type { Detector } from '../../../src/detectors/detector.js';
import { makeDetector } from '../../../src/detectors/index.js';
import { Heartbeat, type HeartbeatEvents, type HeartbeatOptions } from '../../../src/engine/heartbeat/heartbeat.js';
import type { Sample } from '../../../src/model/sample.js';
import { parseTarget, type Target } from '../../../src/model/target.js';
import { MonotonicClock, monotonicNs } from '../../../src/platform/clock.js';
import { listen, raw } from '../../probes/ask.js';

const clock = new MonotonicClock(monotonicNs());
const PROBE = { keepBody: false, maxBody: 10_000 };
const BASE = { clock, seed: 1, periodMs: 40, timeoutMs: 5000, probe: PROBE };

const beat = (t: ExecutionContext, options: Partial<HeartbeatOptions>, events: HeartbeatEvents): Heartbeat => {
	const heartbeat = new Heartbeat({ ...BASE, ...options }, events);
	t.teardown(() => heartbeat.stop());
	return heartbeat;
};

/** Asks until each has `count`. */
const gather = async (
	t: ExecutionContext,
	urls: string[],
	options: Partial<HeartbeatOptions>,
): Promise<{ samples: Map<string, Sample[]>; heartbeat: Heartbeat }> => {
	const samples = new Map<string, Sample[]>();
	return new Promise((resolve, reject) => {
		const heartbeat = beat(t, options, {
			onSample: ({ name }, sample) => samples.set(name, [...(samples.get(name) ?? []), sample]),
			onDone: () => resolve({ samples, heartbeat }),
		});
		heartbeat.add(...urls.map(parseTarget)).catch(reject);
	});
};

test('every target gets its questions, none early, and the times add up', async (t) => {
	const port = await listen(
		t,
		createHttpServer((_, a) => a.end('ok')),
	);
	const urls = Array.from({ length: 20 }, (_, i) => `http://127.0.0.1:${port}/${i}`);
	const { samples, heartbeat } = await gather(t, urls, { count: 8, freshEvery: 3 });
	t.is(samples.size, 20);
	const turns = new Set<number>();
	for (const own of samples.values()) {
		t.is(own.length, 8);
		t.true(own.every((s) => s.verdict === 'ok'));
		// The first one, and then every third, beginning with one of the next three: each endpoint has its own turn.
		const fresh = own.flatMap((s, i) => (s.fresh ? [i] : []));
		t.is(fresh[0], 0);
		const turn = fresh[1] as number;
		t.true(turn >= 1 && turn <= 3, fresh.join());
		t.deepEqual(
			fresh.slice(1),
			[turn, turn + 3, turn + 6].filter((i) => i < 8),
		);
		turns.add(turn);
		for (const s of own) {
			t.true(s.sentMs >= s.dueMs && s.endMs >= s.sentMs);
			t.true(s.uncertaintyMs >= 0 && s.uncertaintyMs <= s.endMs - s.sentMs);
		}
	}
	t.true(turns.size > 1);
	t.is(heartbeat.totals.asked, 160);
	t.is(heartbeat.totals.out, 0);
});

test('silence ends at the deadline, and what is skipped meanwhile is counted', async (t) => {
	const port = await raw(t, () => {});
	let skipped = 0;
	const samples: Sample[] = [];
	await new Promise<void>((resolve, reject) => {
		beat(
			t,
			{ count: 3, periodMs: 20, timeoutMs: 90, jitter: 0 },
			{
				onSample: (_, s) => samples.push(s),
				onSkip: (_, n) => {
					// On a busy machine the very first one may be late already.
					if (samples.length > 0) skipped += n;
				},
				onDone: resolve,
			},
		)
			.add(parseTarget(`http://127.0.0.1:${port}/`))
			.catch(reject);
	});
	for (const s of samples) {
		t.is(s.reason, 'answer-timeout');
		t.true(s.endMs - s.sentMs >= 90);
	}
	t.true(skipped >= 6, String(skipped));
	t.true(Math.abs((samples[2]?.dueMs as number) - (samples[0]?.dueMs as number) - 20 * (skipped + 2)) < 1e-6);
});

test('a quick second look at the first failure; fewer looks where nothing is expected', async (t) => {
	let refuse = false;
	const port = await raw(t, (socket) => {
		if (refuse) socket.resetAndDestroy();
		else socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
	});
	const samples: Sample[] = [];
	const states: string[] = [];
	const PERIOD = 300;
	await new Promise<void>((resolve, reject) => {
		beat(
			t,
			{ periodMs: PERIOD, spreadMs: 0, fastMs: 20, downMs: 2 * PERIOD, freshEvery: 1, jitter: 0, detector: () => makeDetector({ kind: 'rise-fall', fall: 3 }) },
			{
				onSample: (_, s) => {
					samples.push(s);
					refuse = true;
					if (states.at(-1) === 'down' && samples.length === 6) resolve();
				},
				onState: (_, { state }) => states.push(state),
			},
		)
			.add(parseTarget(`http://127.0.0.1:${port}/`))
			.catch(reject);
	});
	t.deepEqual(
		samples.map((s) => s.verdict),
		['ok', 'failed', 'failed', 'failed', 'failed', 'failed'],
	);
	t.deepEqual([states[0], states.at(-1)], ['up', 'down']);
	const gaps = samples.map((s, i) => s.dueMs - (samples[i - 1]?.dueMs ?? 0)).slice(1);
	t.is(gaps[0], PERIOD);
	t.true((gaps[1] as number) < PERIOD && (gaps[2] as number) < PERIOD, gaps.join());
	t.true((gaps[4] as number) >= 2 * PERIOD - 1e-6, gaps.join());
});

test('no more questions at one host, or at all, than allowed; whoever waits is asked later', async (t) => {
	let open = 0;
	let most = 0;
	const port = await raw(t, (socket) => {
		socket.once('data', () => {
			most = Math.max(most, ++open);
			setTimeout(() => {
				open--;
				socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
			}, 15);
		});
	});
	const urls = Array.from({ length: 24 }, (_, i) => `http://127.0.0.1:${port}/${i}`);
	for (const limit of [{ maxOutPerHost: 3 }, { maxOut: 3 }]) {
		most = 0;
		const { samples } = await gather(t, urls, { count: 2, spreadMs: 0, ...limit });
		t.is(samples.size, 24);
		for (const own of samples.values())
			t.deepEqual(
				own.map((s) => s.verdict),
				['ok', 'ok'],
			);
		t.is(most, 3);
	}
});

test('targets come and go', async (t) => {
	const port = await listen(
		t,
		createHttpServer((_, a) => a.end()),
	);
	const heard: string[] = [];
	const [a, b] = [`http://127.0.0.1:${port}/a`, `http://127.0.0.1:${port}/b`].map(parseTarget) as [Target, Target];
	let wake: () => void = () => {};
	const heartbeat = beat(
		t,
		{ periodMs: 10 },
		{
			onSample: ({ name }) => {
				heard.push(name);
				wake();
			},
		},
	);
	const until = (condition: () => boolean): Promise<void> =>
		new Promise((resolve) => {
			wake = () => {
				if (condition()) resolve();
			};
		});
	await heartbeat.add(a);
	await heartbeat.add(a);
	await until(() => heard.length >= 2);
	await heartbeat.add(b);
	await until(() => heard.filter((n) => n === b.name).length >= 2);
	t.true(heartbeat.remove(a.name));
	t.false(heartbeat.remove(a.name));
	heard.length = 0;
	await until(() => heard.length >= 5);
	t.deepEqual([...new Set(heard)], [b.name]);
	heartbeat.stop();
	heard.length = 0;
	await new Promise((resolve) => setTimeout(resolve, 60));
	t.is(heard.length, 0);
});

test('a target or an option that is wrong is told before anything is asked', async (t) => {
	let samples = 0;
	const heartbeat = beat(t, {}, { onSample: () => samples++ });
	await t.throwsAsync(heartbeat.add(parseTarget('tcp://127.0.0.1:9'), { ...parseTarget('tcp://127.0.0.1:9'), name: 'x', protocol: 'gopher' }), {
		code: 'E_TARGET',
	});
	const odd = beat(t, { probe: { ...PROBE, headers: { 'a b': 'c' } } }, { onSample: () => samples++ });
	await t.throwsAsync(odd.add(parseTarget('tcp://127.0.0.1:9'), parseTarget('http://127.0.0.1:9/')), { code: 'E_FLAG' });
	await new Promise((resolve) => setTimeout(resolve, 80));
	t.is(samples, 0);
});

test('whoever is told may remove, and stop', async (t) => {
	const port = await listen(
		t,
		createHttpServer((_, a) => a.end()),
	);
	await new Promise<void>((resolve, reject) => {
		const heartbeat: Heartbeat = beat(
			t,
			{ periodMs: 10, count: 2 },
			{
				onSample: ({ name }) => {
					heartbeat.remove(name);
					if (name.endsWith('3')) heartbeat.stop();
					setTimeout(resolve, 50);
				},
			},
		);
		heartbeat.add(...[1, 2, 3].map((i) => parseTarget(`http://127.0.0.1:${port}/${i}`))).catch(reject);
	});
	t.pass();
});

test('a detector that only silence can move is asked when it wants to be', async (t) => {
	const port = await raw(t, () => {});
	const state = await new Promise<string>((resolve, reject) => {
		let born = 0;
		const detector: Detector = {
			heard() {},
			state: (now) => ({ state: born !== 0 && now >= born + 50 ? 'down' : 'unknown', why: '' }),
			next: (now) => {
				born ||= now;
				return now < born + 50 ? born + 50 : Number.POSITIVE_INFINITY;
			},
		};
		beat(t, { periodMs: 30, timeoutMs: 20, detector: () => detector }, { onSample() {}, onState: (_, opinion) => resolve(opinion.state) })
			.add(parseTarget(`http://127.0.0.1:${port}/`))
			.catch(reject);
	});
	t.is(state, 'down');
});

test('a stopped prober declares nobody dead', async (t) => {
	const port = await listen(
		t,
		createHttpServer((_, a) => a.end('ok')),
	);
	const child = spawn(process.execPath, [fileURLToPath(new URL('./stopped.fixture.js', import.meta.url)), String(port)], {
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	t.teardown(() => child.kill('SIGKILL'));
	let told = '';
	let ended = false;
	let wake: () => void = () => {};
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		told += text;
		wake();
	});
	child.once('exit', () => {
		ended = true;
		wake();
	});
	const says = (word: string): Promise<void> =>
		new Promise((resolve, reject) => {
			wake = () => {
				if (told.includes(word)) resolve();
				else if (ended) reject(new Error(`it ended: ${told}`));
			};
			wake();
		});
	await says('all up');
	child.kill('SIGSTOP');
	await new Promise((resolve) => setTimeout(resolve, 2000));
	child.kill('SIGCONT');
	await says('paused');
	child.stdin.end();
	await once(child, 'close');
	const last = JSON.parse(told.trim().split('\n').at(-1) as string);
	t.deepEqual(last.failed, [], told);
	t.deepEqual(last.down, []);
	t.true(last.pauses >= 1);
	t.true(last.after >= 100, told);
});
