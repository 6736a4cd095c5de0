// A process of its own (node --expose-gc): toxics change at random under live traffic, and everything that arrives is
// checked against what was sent. One line of JSON per round on stdout.

import { readdirSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type Rng, rng } from '../../src/model/rng.js';
import type { FaultProxy, ToxicState } from '../../src/proxy/contract.js';
import { createProxies } from '../../src/proxy/proxies.js';
import { buffersInUse } from '../../src/proxy/read-buffers.js';
import { TOXICS } from '../../src/proxy/toxics/index.js';
import { misplaced } from '../../src/proxy/udp/toxics/index.js';
import { Witness } from './churn-witness.js';

export interface ChurnOptions {
	seeds: number[];
	changes: number;
	rawHandles: boolean;
}
export interface ChurnRound {
	seed: number;
	changes: number;
	connections: number;
	mebibytes: number;
	/** How often each type was added. */
	added: Record<string, number>;
	/** What should not have happened. */
	wrong: string[];
	fds: number;
	resources: string[];
	buffers: readonly number[];
	heapBytes: number;
}

/** Claims no byte: these are for everybody. */
const HARMLESS = ['latency', 'bandwidth', 'slicer', 'slow_close', 'noop', 'slow_open'];
/** Those that claim bytes or whole connections meet only clients of an address of their own. */
const CLAIMING = [...TOXICS.keys()].filter((type) => !HARMLESS.includes(type) && misplaced(type, false) === null);
const VICTIMS = 2;
const WITNESSES = 16;

const soon = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const someAttributes = (type: string, chance: Rng): ToxicState['attributes'] => {
	const upTo = (n: number): number => Math.floor(chance.next() * n);
	const all: Record<string, ToxicState['attributes']> = {
		latency: {
			latency: upTo(15),
			jitter: upTo(8),
			delay_fin: upTo(2) === 1,
			distribution: ['uniform', 'normal', 'pareto', 'table'][upTo(4)] as string,
			table: '1,2,9',
		},
		bandwidth: { rate: 500 + upTo(100_000), shared: upTo(2) === 1 },
		slicer: { average_size: 500 + upTo(5000), size_variation: upTo(400), delay: upTo(50) },
		slow_close: { delay: upTo(20) },
		slow_open: { delay: upTo(10) },
		timeout: { timeout: upTo(40) },
		reset_peer: { timeout: upTo(20), live: upTo(2) === 1, idle: upTo(2) === 1 },
		limit_data: { bytes: upTo(300_000) },
		packet_loss: { loss_rate: chance.next() * 0.5, correlation: chance.next() },
		corrupt: { rate: chance.next() },
		duplicate: { rate: chance.next() },
	};
	return all[type] ?? {};
};

/** One random change of the proxy's toxics. Returns the type that was added. */
const change = (proxy: FaultProxy, chance: Rng, ordinal: number): string | null => {
	const pick = <T>(from: readonly T[]): T => from[Math.floor(chance.next() * from.length)] as T;
	const toxics = proxy.toxics();
	const what = chance.next();
	if (toxics.length < 8 && what < 0.45) {
		const type = chance.next() < 0.5 ? pick(HARMLESS) : pick(CLAIMING);
		const claims = CLAIMING.indexOf(type);
		proxy.addToxic({
			name: `t${ordinal}`,
			type,
			stream: pick(['upstream', 'downstream']),
			toxicity: pick([0.5, 1]),
			attributes: someAttributes(type, chance),
			...(claims >= 0 && { client: `127.0.0.${2 + claims}` }),
			...(chance.next() < 0.2 && { duration: 1 + Math.floor(chance.next() * 50) }),
			...(chance.next() < 0.1 && { every: 2 }),
		});
		return type;
	}
	const toxic = toxics.length > 0 ? pick(toxics) : null;
	if (toxic && what < 0.75) proxy.removeToxic(toxic.name);
	else if (toxic) proxy.updateToxic(toxic.name, { toxicity: pick([0, 0.5, 1]), attributes: someAttributes(toxic.type, chance) });
	return null;
};

const round = async (seed: number, { changes, rawHandles }: ChurnOptions): Promise<Omit<ChurnRound, 'fds' | 'resources' | 'buffers' | 'heapBytes'>> => {
	const chance = rng(seed);
	const wrong: string[] = [];
	const added: Record<string, number> = {};
	const served = new Set<Socket>();
	const echo = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
		served.add(socket);
		socket.on('error', () => {});
		socket.on('close', () => served.delete(socket));
		socket.pipe(socket);
	});
	await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
	const proxies = createProxies({ seed, rawHandles });
	const upstream = `127.0.0.1:${(echo.address() as AddressInfo).port}`;
	const proxy = await proxies.create({ name: 'p', listen: '127.0.0.1:0', upstream, enabled: true });
	const port = Number(proxy.listen.split(':').at(-1));

	let bytes = 0;
	let ended = false;
	const open = new Set<Witness>();
	/** A witness, and whoever follows it when a toxic has closed its connection. */
	const begin = (claim: string | null): void => {
		const localAddress = `127.0.0.${claim === null ? 1 : 2 + CLAIMING.indexOf(claim)}`;
		const witness = new Witness(connect({ port, host: '127.0.0.1', localAddress, noDelay: true }), claim, rng(seed).fork(`${open.size}`));
		open.add(witness);
		witness.closed.then(() => {
			open.delete(witness);
			bytes += witness.received;
			wrong.push(...witness.complaints());
			if (!ended) begin(claim);
		});
	};
	for (let i = 0; i < WITNESSES; i++) begin(null);
	for (const claim of CLAIMING) for (let i = 0; i < VICTIMS; i++) begin(claim);
	const pour = setInterval(() => {
		for (const witness of open) witness.say();
	}, 2);
	for (let i = 0; i < changes; i++) {
		const type = change(proxy, chance, i);
		if (type) added[type] = (added[type] ?? 0) + 1;
		// Short-lived connections come and go among the lasting ones.
		if (chance.next() < 0.1) for (const witness of open) if (witness.claim === null && chance.next() < 0.05) witness.finish();
		if (i % 10 === 0) await soon(1);
	}
	clearInterval(pour);
	ended = true;
	for (const { name } of proxy.toxics()) proxy.removeToxic(name);
	for (const witness of open) witness.finish();
	for (let waited = 0; open.size > 0 || proxy.counters().open > 0; waited += 5) {
		await soon(5);
		if (waited < 20_000) continue;
		wrong.push(
			`after 20 s ${open.size} clients (${[...open].map((w) => `${w.claim} ${w.received} of ${w.sent}`)}) and ${proxy.counters().open} connections are left`,
		);
		break;
	}
	const { connections } = proxy.counters();
	await proxies.close();
	for (const socket of served) socket.destroy();
	await new Promise((resolve) => echo.close(resolve));
	return { seed, changes, connections, mebibytes: Math.round(bytes / 2 ** 20), added, wrong };
};

const options = JSON.parse(process.argv[2] ?? '{}') as ChurnOptions;
for (const seed of options.seeds) {
	const told = await round(seed, options);
	for (let i = 0; i < 3; i++) {
		await soon(20);
		globalThis.gc?.();
	}
	const result: ChurnRound = {
		...told,
		fds: readdirSync('/proc/self/fd').length,
		resources: process.getActiveResourcesInfo().filter((kind) => !/Pipe|TTY|Timeout|FSReq|Immediate/.test(kind)),
		buffers: buffersInUse(),
		heapBytes: process.memoryUsage().heapUsed + process.memoryUsage().external,
	};
	process.stdout.write(`${JSON.stringify(result)}\n`);
}
