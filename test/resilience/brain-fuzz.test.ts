import test from 'ava';
import { type ClientSpec, POLICY_NAMES } from '../../src/model/plan.js';
import { type Rng, rng } from '../../src/model/rng.js';
import { backoffMinimum } from '../../src/resilience/backoff.js';
import { createBrain } from '../../src/resilience/brain.js';
import type { CallAction, CallEvent } from '../../src/resilience/call.js';
import { client } from './spec.js';

const pick = <T>(chance: Rng, from: readonly T[]): T => from[Math.floor(chance.next() * from.length)] as T;

const anySpec = (chance: Rng): ClientSpec =>
	client({
		policy: pick(chance, POLICY_NAMES),
		weights: { n1: 1 + Math.floor(chance.next() * 5) },
		timeoutMs: pick(chance, [null, 30, 200]),
		deadlineMs: pick(chance, [null, 100, 500]),
		ejection: pick(chance, [null, { failures: 1 + Math.floor(chance.next() * 3), forMs: 100, maxShare: chance.next() }]),
		retry:
			chance.next() < 0.1
				? null
				: {
						attempts: pick(chance, [0, 1, 2, 3, 5]),
						baseMs: pick(chance, [0, 10, 40]),
						maxMs: 100,
						jitter: pick(chance, ['none', 'full', 'equal', 'decorrelated']),
						methods: pick(chance, [[], ['GET'], ['GET', 'PUT']]),
						statuses: pick(chance, [[], [503]]),
						unsent: chance.next() < 0.5,
						elsewhere: chance.next() < 0.5,
						budget: pick(chance, [null, { ratio: 0.3, minPerSecond: 0.2 }]),
					},
	});

interface Watched {
	method: string;
	begunMs: number;
	deadlineAtMs: number | null;
	tries: number;
	inFlight: boolean;
	/** A try that may have reached a server has ended. */
	wasSent: boolean;
	endedAtMs: number;
	timeoutAtMs: number | null;
	dueMs: number | null;
	over: boolean;
}

/** Applies random events to one brain for a while and judges each action by what was seen from outside alone. Returns how much happened. */
const watch = (seed: number): { retries: number; ended: number; wrong: string[] } => {
	const chance = rng(seed).fork('fuzz');
	const spec = anySpec(chance.fork('spec'));
	const brain = createBrain(spec, ['n1', 'n2', 'n3'], rng(seed));
	const calls = new Map<string, Watched>();
	const begun: number[] = [];
	const retried: number[] = [];
	const wrong: string[] = [];
	let ended = 0;
	let now = 0;
	const claim = (held: boolean, what: string): void => void (held || wrong.push(`seed ${seed} at ${now}: ${what}`));

	const judge = (id: string, call: Watched, actions: readonly CallAction[]): void => {
		for (const action of actions) {
			claim(!call.over, `${id}: ${action.kind} after the end`);
			if (action.kind === 'abandon') {
				claim(call.inFlight && action.n === call.tries, `${id}: abandons what is not in flight`);
				Object.assign(call, { inFlight: false, wasSent: true, endedAtMs: now });
				continue;
			}
			claim(!call.inFlight, `${id}: ${action.kind} while a try is in flight`);
			if (action.kind === 'attempt') {
				claim(action.n === call.tries + 1, `${id}: try ${action.n} after ${call.tries}`);
				claim(action.node >= 0 && action.node < 3, `${id}: node ${action.node}`);
				if (action.n > 1) {
					const retry = spec.retry;
					claim(retry !== null, `${id}: a retry though retries are off`);
					if (!retry) continue;
					claim(retry.attempts === 0 || action.n <= retry.attempts, `${id}: try ${action.n} of ${retry.attempts}`);
					claim(!call.wasSent || retry.methods.includes(call.method), `${id}: ${call.method} sent again`);
					claim(now - call.endedAtMs >= backoffMinimum(retry, action.n - 1) - 1e-6, `${id}: try ${action.n} after ${now - call.endedAtMs} ms`);
					claim(call.deadlineAtMs === null || now < call.deadlineAtMs, `${id}: a try after the deadline`);
				}
				Object.assign(call, { tries: action.n, inFlight: true, timeoutAtMs: action.timeoutAtMs, dueMs: null });
			} else if (action.kind === 'wait') {
				claim(action.untilMs > now, `${id}: waits for the past`);
				Object.assign(call, { dueMs: action.untilMs });
			} else {
				call.over = true;
				ended += 1;
			}
		}
		const last = actions.at(-1)?.kind;
		claim(last !== 'abandon', `${id}: abandons and leaves it at that`);
		// Granted when the wait begins or, without back-off, with the try.
		const grants = actions.some((a) => a.kind === 'wait' || (a.kind === 'attempt' && a.n > 1 && call.endedAtMs === now));
		if (!grants || !spec.retry?.budget) return;
		retried.push(now);
		const lately = (times: number[]): number => times.filter((at) => at > now - 10_000).length;
		claim(lately(retried) <= 0.3 * lately(begun) + 2 + 1e-6, `${id}: retry ${lately(retried)} of ${lately(begun)} calls`);
	};

	for (let step = 0; step < 600; step++) {
		now += chance.next() * 12;
		// Whatever is due is told first, as a clock would.
		for (const [id, call] of calls) {
			const due = Math.min(call.deadlineAtMs ?? Infinity, call.inFlight ? (call.timeoutAtMs ?? Infinity) : (call.dueMs ?? Infinity));
			if (call.over || due > now) continue;
			if (call.inFlight || call.dueMs !== null) call.dueMs = null;
			const actions = brain.event(id, { kind: 'time' }, now);
			claim(actions.length > 0, `${id}: nothing happens at ${due}`);
			judge(id, call, actions);
		}
		const open = [...calls].filter(([, call]) => !call.over);
		if (open.length < 8 && chance.next() < 0.4) {
			const id = `r${step}`;
			const method = pick(chance, ['GET', 'POST', 'PUT']);
			begun.push(now);
			const { actions, deadlineAtMs } = brain.begin({ id, method, ok: (status) => status < 400 }, now);
			const call: Watched = {
				method,
				begunMs: now,
				deadlineAtMs,
				tries: 0,
				inFlight: false,
				wasSent: false,
				endedAtMs: -1,
				timeoutAtMs: null,
				dueMs: null,
				over: false,
			};
			claim(deadlineAtMs === (spec.deadlineMs === null ? null : now + spec.deadlineMs), 'the deadline');
			calls.set(id, call);
			judge(id, call, actions);
		} else if (open.length > 0) {
			const [id, call] = pick(chance, open);
			const what = chance.next();
			if (what < 0.05) {
				judge(id, call, brain.event(id, { kind: 'answered', n: call.tries + (chance.next() < 0.5 ? 1 : -1), status: 200 }, now));
				continue;
			}
			if (what < 0.08) {
				claim(brain.event(id, { kind: 'cancelled' }, now).length === 0, `${id}: acts on a cancellation`);
				Object.assign(call, { over: true, inFlight: false });
				continue;
			}
			if (!call.inFlight) continue;
			const unsent = chance.next() < 0.4;
			const event: CallEvent =
				what < 0.5
					? { kind: 'answered', n: call.tries, status: pick(chance, [200, 404, 500, 503]) }
					: { kind: 'failed', n: call.tries, error: unsent ? 'ECONNREFUSED' : 'ECONNRESET', unsent };
			Object.assign(call, { inFlight: false, endedAtMs: now });
			if (event.kind === 'answered' || !unsent) call.wasSent = true;
			const actions = brain.event(id, event, now);
			claim(actions.length > 0, `${id}: says nothing to ${event.kind}`);
			judge(id, call, actions);
		}
	}
	const retries = [...calls.values()].reduce((sum, call) => sum + Math.max(0, call.tries - 1), 0);
	return { retries, ended, wrong };
};

test('300 random clients under random events keep every promise of their specification', (t) => {
	let retries = 0;
	let ended = 0;
	for (let seed = 0; seed < 300; seed++) {
		const seen = watch(seed);
		t.deepEqual(seen.wrong, []);
		retries += seen.retries;
		ended += seen.ended;
	}
	t.true(retries > 5000 && ended > 20_000, `${retries} retries, ${ended} ends`);
});
