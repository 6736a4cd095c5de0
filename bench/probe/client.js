// A process that probes, and nothing else. Usage: node client.js KIND OPTIONS-AS-JSON; then lines of JSON: "go", "halt", "mark".
import { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';

const dist = (path) => import(new URL(`../../dist/src/${path}`, import.meta.url));
const [kind, text] = process.argv.slice(2);
const options = JSON.parse(text);
const { hosts, port } = options;

const state = { on: false, done: 0, failed: 0, why: '' };
let go = () => {};
let mark = () => ({});

/** Our own prober, as the engine opens it, asked again as soon as it has answered. */
const closedLoop = async () => {
	const { loadProbe, openProber } = await dist('probes/index.js');
	const { parseTarget } = await dist('model/target.js');
	const { MonotonicClock, monotonicNs } = await dist('platform/clock.js');
	const { rawHandles } = await dist('platform/raw-handles.js');
	const raw = process.env.RAW_HANDLES === 'no' ? null : await rawHandles();
	const { more = {}, protocol = 'http' } = options;
	const probe = await loadProbe(protocol, more);
	const clock = new MonotonicClock(monotonicNs());
	const waiting = [];
	for (let i = 0; i < options.connections; i++) {
		const target = parseTarget(`${protocol}://${hosts[i % hosts.length]}:${port}${protocol === 'http' ? '/' : ''}`);
		const prober = openProber(probe, target, { clock, keepBody: false, maxBody: 1_048_576, more, raw }, (answer) => {
			if (answer.verdict === 'ok') state.done++;
			else {
				state.failed++;
				state.why = `${answer.reason}: ${answer.detail ?? ''}`;
			}
			if (state.on) prober.ask(options.fresh);
			else waiting.push(prober);
		});
		waiting.push(prober);
	}
	go = () => {
		for (const prober of waiting.splice(0)) prober.ask(options.fresh);
	};
};

const undici = async () => {
	const { Agent, request } = await import('undici');
	const dispatcher = new Agent({ connections: options.connections, pipelining: 1 });
	const url = `http://${hosts[0]}:${port}/`;
	const loop = async () => {
		while (state.on) {
			try {
				const { statusCode, body } = await request(url, { dispatcher });
				await body.dump();
				if (statusCode === 200) state.done++;
				else state.failed++;
			} catch (error) {
				state.failed++;
				state.why = error.message;
			}
		}
	};
	go = () => {
		for (let i = 0; i < options.connections; i++) loop();
	};
};

/** Many endpoints at a steady pace: what the scheduler is late by, and how long answers take. */
const figures = async () => {
	const { Histogram } = await dist('model/histogram.js');
	const [late, took] = [new Histogram(), new Histogram()];
	mark = () => {
		const seen = { lateMs: [late.quantile(0.5), late.quantile(0.99)], tookMs: [took.quantile(0.5), took.quantile(0.99)] };
		late.clear();
		took.clear();
		return seen;
	};
	return { late, took };
};

/** The engine, each endpoint with its connection, its schedule and (unless told otherwise) a detector. */
const engine = async () => {
	const { Heartbeat } = await dist('engine/heartbeat/heartbeat.js');
	const { MonotonicClock, monotonicNs } = await dist('platform/clock.js');
	const { makeDetector } = await dist('detectors/index.js');
	const { parseTarget } = await dist('model/target.js');
	const { late, took } = await figures();
	const { many, periodMs, freshEvery = 0, detector = null, keep = false } = options;
	const samples = [];
	const heartbeat = new Heartbeat(
		{
			clock: new MonotonicClock(monotonicNs()),
			seed: 1,
			periodMs,
			timeoutMs: 2000,
			freshEvery,
			rawHandles: process.env.RAW_HANDLES !== 'no',
			probe: { keepBody: false, maxBody: 1_048_576 },
			...(detector && { detector: () => makeDetector(detector) }),
		},
		{
			onSample(target, sample) {
				if (sample.verdict === 'ok') state.done++;
				else {
					state.failed++;
					state.why = `${sample.reason}: ${sample.detail ?? ''}`;
				}
				late.record(sample.sentMs - sample.dueMs);
				took.record(sample.endMs - sample.sentMs);
				if (keep) samples.push([target.host, sample.endMs - sample.sentMs, sample.uncertaintyMs]);
			},
		},
	);
	go = () => {
		if (heartbeat.totals.asked === 0)
			void heartbeat.add(...Array.from({ length: many }, (_, i) => parseTarget(`http://${hosts[i % hosts.length]}:${port}/${i}`)));
	};
	const marked = mark;
	mark = () => ({ ...marked(), ...heartbeat.totals, ...(keep && { samples }) });
	if (options.block) {
		const [blockMs, everyMs] = options.block;
		setInterval(() => {
			const until = performance.now() + blockMs;
			while (performance.now() < until);
		}, everyMs);
	}
};

/** The least that Node can do: bare sockets with one read buffer, walked in the order of their phases; no engine, no parser. */
const floor = async () => {
	const { late, took } = await figures();
	const { many, periodMs, keep = false } = options;
	const samples = [];
	const marked = mark;
	mark = () => ({ ...marked(), ...(keep && { samples }) });
	const shared = Buffer.allocUnsafeSlow(65_536);
	const slots = [];
	const onread = {
		buffer: shared,
		callback() {
			const { slot } = this;
			if (shared[9] === 0x32) state.done++;
			else state.failed++;
			const ms = performance.now() - slot.sent;
			took.record(ms);
			if (keep) samples.push([slot.host, ms, 0]);
			return true;
		},
	};
	const beat = (slot, now) => {
		late.record(now - slot.due);
		slot.sent = now;
		slot.due += periodMs;
		if (slot.socket) slot.socket.write(slot.bytes);
		else {
			slot.socket = new Socket({ onread });
			slot.socket.slot = slot;
			slot.socket.on('error', () => state.failed++);
			slot.socket.connect({ host: slot.host, port, autoSelectFamily: false }, () => slot.socket.write(slot.bytes));
		}
	};
	let first = 0;
	const tick = () => {
		for (let now = performance.now(); slots[first].due <= now; now = performance.now()) {
			beat(slots[first], now);
			first = (first + 1) % many;
		}
		setTimeout(tick, Math.max(1, Math.ceil(slots[first].due - performance.now())));
	};
	go = () => {
		if (slots.length > 0) return;
		const base = performance.now() + 10;
		for (let i = 0; i < many; i++) {
			const host = hosts[i % hosts.length];
			const bytes = Buffer.from(`GET /${i} HTTP/1.1\r\nhost: ${host}:${port}\r\nuser-agent: bare\r\naccept: */*\r\nconnection: keep-alive\r\n\r\n`);
			slots.push({ due: base + (i * periodMs) / many, sent: 0, host, bytes, socket: null });
		}
		tick();
	};
};

/** Answers each read after about 2 ms. */
const slowServer = async () => {
	const { createServer } = await import('node:net');
	const answer = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
	for (const host of hosts) {
		const server = createServer((socket) => socket.on('error', () => {}).on('data', () => setTimeout(() => socket.write(answer), 2)));
		await new Promise((resolve) => server.listen(port, host, resolve));
	}
};

await { ours: closedLoop, undici, engine, floor, slowServer }[kind]();
for await (const line of createInterface({ input: process.stdin })) {
	const word = JSON.parse(line);
	state.on = word === 'go' || (word === 'mark' && state.on);
	if (word === 'go') go();
	process.stdout.write(`${JSON.stringify({ done: state.done, failed: state.failed, why: state.why, ...(word === 'mark' && mark()) })}\n`);
}
process.exit(0);
