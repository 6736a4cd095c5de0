import type { ChooserName } from '../model/plan.js';
import { type Rng, rng } from '../model/rng.js';
import { makePolicy } from '../policies/index.js';
import type { Candidate, Policy } from '../policies/policy.js';
import { type Ejection, ejection, type Ticket } from '../resilience/ejection.js';
import type { Arrivals } from './arrivals.js';
import { EventHeap } from './event-heap.js';
import type { Scene } from './scene.js';
import { Stations } from './stations.js';

/** What became of every request of a scene under one policy. Typed arrays by request. */
export interface Balanced {
	policy: ChooserName;
	/** Index of the node it was sent to. */
	node: Uint16Array;
	/** From its arrival to what its user learned, ms. */
	latencyMs: Float64Array;
	/** 1: a good answer came before the client gave up. */
	ok: Uint8Array;
}

interface Client {
	policy: Policy;
	ejection: Ejection | null;
	rng: Rng;
}

/** An event's code is its subject × KINDS + its kind; of one instant, answers come before what is sent. */
const KINDS = 8;
const ANSWERED = 0;
const FAILED = 1;
const FINISH = 2;
const DIE = 3;
const RISE = 4;
const PROBED = 5;
const ARRIVE = 6;

/**
 * The arrivals of a scene under one policy, in virtual time: no retries, no ledger, no object per event, so that all
 * policies take seconds. For whole clients with all they do, see {@link ./simulate.js}. The same scene gives the same.
 */
export const balance = (scene: Scene, arrivals: Arrivals, name: ChooserName, make: () => Policy = () => makePolicy(name)): Balanced => {
	const { netMs, timeoutMs, nodes } = scene;
	const { count, atMs } = arrivals;
	const root = rng(scene.seed).fork('balance');
	const clients = Array.from({ length: scene.clients }, (_, i): Client => {
		return { policy: make(), ejection: scene.ejection && ejection(scene.ejection, nodes.length), rng: root.fork(`client ${i}`) };
	});
	const candidates = nodes.map(({ name, weight }, index): Candidate => ({ index, name, weight }));
	const heap = new EventHeap();
	const node = new Uint16Array(count);
	const latencyMs = new Float64Array(count);
	const ok = new Uint8Array(count);
	const over = new Uint8Array(count);
	const tickets: Ticket[] = [];
	const hears = clients[0]?.policy.reported !== undefined;
	const probing = clients[0]?.policy.probes !== undefined;
	const stations = new Stations(
		scene,
		arrivals,
		{
			finishAt: (ms, request) => ms < Number.POSITIVE_INFINITY && heap.push(ms, request * KINDS + FINISH),
			arriveAt: (ms, request) => ms < Number.POSITIVE_INFINITY && heap.push(ms, request * KINDS + ARRIVE),
			answered: (request, now) => heap.push(now + netMs, request * KINDS + ANSWERED),
			failed: (request, now) => heap.push(now + netMs, request * KINDS + FAILED),
		},
		hears,
	);
	for (const { kind, node: victim, fromMs, toMs } of scene.disturbances) {
		const index = nodes.findIndex(({ name }) => name === victim);
		if (kind !== 'dead' || index < 0) continue;
		heap.push(fromMs, index * KINDS + DIE);
		if (toMs < Number.POSITIVE_INFINITY) heap.push(toMs, index * KINDS + RISE);
	}

	/** Arrivals sent, and the first of them that may still be waited for. */
	let sent = 0;
	let oldest = 0;

	const send = (request: number, now: number): void => {
		const client = clients[arrivals.client[request] as number] as Client;
		const { policy } = client;
		const eligible = client.ejection ? candidates.filter(({ index }) => client.ejection?.eligible(index, now)) : candidates;
		const offered = eligible.length > 0 ? eligible : candidates;
		if (probing) {
			for (const index of policy.probes?.(offered, client.rng, now) ?? []) {
				heap.push(now + 2 * netMs, ((arrivals.client[request] as number) * nodes.length + index) * KINDS + PROBED);
			}
		}
		const { index } = offered[policy.pick(offered, client.rng, now, `user ${arrivals.key[request]}`)] as Candidate;
		node[request] = index;
		if (client.ejection) tickets[request] = client.ejection.sent(index);
		policy.sent?.(index, now);
		if (netMs > 0) heap.push(now + netMs, request * KINDS + ARRIVE);
		else stations.arrive(index, request, now);
	};
	const conclude = (request: number, good: boolean, now: number): void => {
		if (over[request]) return;
		over[request] = 1;
		latencyMs[request] = now - (atMs[request] as number);
		ok[request] = good ? 1 : 0;
		const client = clients[arrivals.client[request] as number] as Client;
		const index = node[request] as number;
		if (client.ejection) {
			const { out } = client.ejection;
			client.ejection.done(index, tickets[request] as Ticket, good, now);
			if (client.ejection.out < out) client.policy.returned?.(index, now);
		}
		client.policy.done?.(index, { ok: good, latencyMs: latencyMs[request] as number, now });
	};
	const heard = (client: number, index: number, now: number): void => {
		const report = stations.report(index, now, probing);
		if (report) clients[client]?.policy.reported?.(index, report, now);
	};
	const held = function* (victim: number): Generator<number> {
		// What has timed out may still be worked on, and is nobody's any more.
		for (let request = oldest; request < sent; request++) if (node[request] === victim && !over[request]) yield request;
	};
	const happen = (code: number, now: number): void => {
		const subject = (code / KINDS) | 0;
		switch (code % KINDS) {
			case ANSWERED:
			case FAILED:
				if (hears && !probing && !over[subject]) heard(arrivals.client[subject] as number, node[subject] as number, now);
				conclude(subject, code % KINDS === ANSWERED, now);
				break;
			case FINISH:
				stations.finish(node[subject] as number, subject, now);
				break;
			case DIE:
				stations.die(subject, held(subject), now);
				break;
			case RISE:
				stations.rise(subject);
				break;
			case PROBED:
				heard(Math.floor(subject / nodes.length), subject % nodes.length, now);
				break;
			case ARRIVE:
				stations.arrive(node[subject] as number, subject, now);
				break;
		}
	};

	while (sent < count || oldest < count) {
		while (oldest < sent && over[oldest]) oldest += 1;
		// All clients wait equally long, so the oldest is the first to give up.
		const givesUp = oldest < sent ? (atMs[oldest] as number) + timeoutMs : Number.POSITIVE_INFINITY;
		const arrives = sent < count ? (atMs[sent] as number) : Number.POSITIVE_INFINITY;
		if (heap.nextMs <= arrives && heap.nextMs <= givesUp) {
			const now = heap.nextMs;
			if (now === Number.POSITIVE_INFINITY) break;
			happen(heap.pop(), now);
		} else if (arrives <= givesUp) {
			sent += 1;
			send(sent - 1, arrives);
		} else conclude(oldest, false, givesUp);
	}
	return { policy: name, node, latencyMs, ok };
};
