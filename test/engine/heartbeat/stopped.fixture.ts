// A prober in a process of its own, so that it can be stopped: 100 endpoints, each with the most nervous detector there is.
import { Heartbeat } from '../../../src/engine/heartbeat/heartbeat.js';
import { parseTarget } from '../../../src/model/target.js';
import { MonotonicClock, monotonicNs } from '../../../src/platform/clock.js';

const N = 100;
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const failed: { name: string; sentMs: number; endMs: number }[] = [];
const down: { name: string; now: number }[] = [];
const clock = new MonotonicClock(monotonicNs());
let [fromMs, toMs] = [0, 0];
const up = new Set<string>();
let pauses = 0;
let after = 0;
const heartbeat = new Heartbeat(
	{
		clock,
		seed: 1,
		periodMs: 100,
		timeoutMs: 800,
		probe: { keepBody: false, maxBody: 1000 },
		detector: () => {
			let last = 'unknown';
			return {
				heard: ({ verdict }) => {
					last = verdict === 'failed' ? 'down' : 'up';
				},
				state: () => ({ state: last as 'up', why: '' }),
			};
		},
	},
	{
		onSample: ({ name }, sample) => {
			if (sample.verdict === 'failed' && sample.reason !== 'local') failed.push({ name, ...sample });
			if (pauses > 0 && sample.verdict === 'ok') after++;
		},
		onState: ({ name }, { state }, now) => {
			if (state === 'down') down.push({ name, now });
			if (state === 'up' && !up.has(name) && up.add(name).size === N) say('all up');
		},
		onPause: (forMs, now) => {
			pauses++;
			if (forMs > 1000) [fromMs, toMs] = [now - forMs, now];
			if (forMs > 1000) setTimeout(() => say('paused'), 500);
		},
	},
);
void heartbeat.add(...Array.from({ length: N }, (_, i) => parseTarget(`http://127.0.0.1:${process.argv[2]}/${i}`)));
process.stdin.resume().on('end', () => {
	heartbeat.stop();
	// The server may be slow for its own reasons: only what the stop touched is on trial.
	const touched = failed.filter((each) => each.sentMs < toMs && each.endMs > fromMs);
	say(JSON.stringify({ failed: touched, down: down.filter(({ now }) => now > fromMs && now < toMs + 100), pauses, after }));
});
