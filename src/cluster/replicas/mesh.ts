import type { IncomingMessage, ServerResponse } from 'node:http';
import { refusal } from '../../control/guard.js';
import type { Detector } from '../../detectors/detector.js';
import { makeDetector } from '../../detectors/index.js';
import type { Clock } from '../../model/clock.js';
import type { Target } from '../../model/target.js';
import { ALIVE_PATH, Vantage, VIEWS_PATH } from '../../model/views.js';
import { loadProbe, openProber } from '../../probes/index.js';
import type { Answer, Prober } from '../../probes/probe.js';

export interface Peer {
	name: string;
	host: string;
	port: number;
}

const EVERY_MS = 250;
const TIMEOUT_MS = 500;
/** Down after two in a row, so that one lost beat accuses nobody; one good answer mends it. */
const DETECTOR = { kind: 'rise-fall', fall: 2, rise: 1 };
/** A kept connection hides what a new one would meet. */
const FRESH_EVERY = 10;
const MOST_BODY = 4096;
/** Beats this late mean that we stood still. */
const PAUSE_MS = 500;

/** `n1=127.0.0.1:4001,n2=…`; a text says what is wrong with it. */
export const parsePeers = (typed: string): Peer[] | string => {
	const peers: Peer[] = [];
	for (const each of typed.split(',').filter((text) => text !== '')) {
		const found = /^([^=]+)=(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(each);
		const port = Number(found?.[4]);
		if (!found || !(port >= 1 && port <= 65_535)) return `--mesh must be name=host:port,…, not ${each}`;
		peers.push({ name: found[1] as string, host: (found[2] ?? found[3]) as string, port });
	}
	return peers;
};

interface Beat {
	name: string;
	prober: Prober;
	detector: Detector;
	/** When the question that is out was asked; null: none is. */
	outMs: number | null;
	asked: number;
	expectedMs: number;
}

/** One replica's place in a mesh: asks each peer for a sign of life, four times a second, and tells what it sees. */
export class Mesh {
	private readonly clock: Clock;
	private readonly peers: readonly Peer[];
	private readonly vantage: Vantage;
	private readonly node: string;
	private readonly timers: NodeJS.Timeout[] = [];
	private readonly beats: Beat[] = [];
	private stopped = false;

	constructor(node: string, peers: readonly Peer[], clock: Clock) {
		this.node = node;
		this.peers = peers;
		this.clock = clock;
		this.vantage = new Vantage(node, clock.now(), node);
		for (const { name, host, port } of peers) this.vantage.add(name, clock.now(), host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
	}

	async start(): Promise<void> {
		const probe = await loadProbe('http');
		// Such an id counts in no ledger.
		const headers = { 'x-daruma-id': `probe-mesh-${this.node}` };
		for (const [i, { name, host, port }] of this.peers.entries()) {
			if (this.stopped) return;
			const target: Target = { name, protocol: 'http', host, port, path: ALIVE_PATH, weight: 1 };
			const options = { clock: this.clock, keepBody: false, maxBody: MOST_BODY, headers };
			const beat: Beat = {
				name,
				detector: makeDetector(DETECTOR),
				prober: openProber(probe, target, options, (answer) => this.heard(beat, answer)),
				outMs: null,
				asked: 0,
				expectedMs: Number.POSITIVE_INFINITY,
			};
			this.beats.push(beat);
			const begin = (): void => {
				this.beat(beat);
				this.timers.push(setInterval(() => this.beat(beat), EVERY_MS));
			};
			this.timers.push(setTimeout(begin, (EVERY_MS * i) / this.peers.length));
		}
	}

	/** True: it was a question to the mesh, and has its answer. */
	answer({ url, headers }: IncomingMessage, response: ServerResponse): boolean {
		if (url !== VIEWS_PATH && url !== ALIVE_PATH) return false;
		const refused = refusal(headers, true);
		if (refused !== null) response.writeHead(403, { 'content-type': 'text/plain' }).end(`${refused}\n`);
		else if (url === ALIVE_PATH) response.writeHead(204).end();
		else response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(this.vantage.views(this.clock.now()))}\n`);
		return true;
	}

	stop(): void {
		this.stopped = true;
		for (const timer of this.timers) clearTimeout(timer);
		for (const { prober } of this.beats) prober.close();
	}

	private beat(beat: Beat): void {
		const now = this.clock.now();
		const lateMs = now - beat.expectedMs;
		beat.expectedMs = now + EVERY_MS;
		if (lateMs > PAUSE_MS) {
			// We stood still: an answer may lie in the kernel, so whoever is asked has one more beat of time.
			beat.detector.paused?.(now, lateMs);
			if (beat.outMs !== null) beat.outMs = now;
			return;
		}
		if (beat.outMs !== null) {
			if (now - beat.outMs >= TIMEOUT_MS) beat.prober.abandon();
			return;
		}
		beat.outMs = now;
		beat.prober.ask(beat.asked++ % FRESH_EVERY === 0);
	}

	private heard(beat: Beat, { verdict, reason, sentMs, endMs, bytes }: Answer): void {
		beat.outMs = null;
		this.vantage.paid(bytes);
		if (reason === 'local') return;
		beat.detector.heard({ verdict, sentMs, endMs, ...(reason && { reason }) });
		const now = this.clock.now();
		this.vantage.saw(beat.name, now, beat.detector.state(now), verdict === 'failed' ? undefined : endMs - sentMs);
	}
}
