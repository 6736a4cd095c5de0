// How long answers took by the engine's own account, against packets on lo as tcpdump stamped them (ns).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { askLoop, client, end, find, folder, freePort, hosts, quantile, Seen, sleep, start } from './stage.js';

const HOSTS = 200;
const PERIOD_MS = 200;
const CERTIFIED_MS = 0.5;

/** Times (ms) of request and answer packets, connection by connection: per host of the server, in order. */
const wire = (file, port) => {
	const bytes = readFileSync(file);
	if (bytes.readUInt32LE(0) !== 0xa1b23c4d || bytes.readUInt32LE(20) !== 1) throw new Error('no capture of ns on Ethernet');
	const found = new Map();
	for (let at = 24; at + 16 <= bytes.length; ) {
		const kept = bytes.readUInt32LE(at + 8);
		const ns = BigInt(bytes.readUInt32LE(at)) * 1_000_000_000n + BigInt(bytes.readUInt32LE(at + 4));
		const ip = at + 16 + 14;
		at += 16 + kept;
		if (at > bytes.length) break;
		const tcp = ip + (bytes[ip] & 15) * 4;
		const payload = bytes.readUInt16BE(ip + 2) - (tcp - ip) - (bytes[tcp + 12] >> 4) * 4;
		if (payload <= 0) continue;
		const asks = bytes.readUInt16BE(tcp + 2) === port;
		const server = bytes.subarray(asks ? ip + 16 : ip + 12, asks ? ip + 20 : ip + 16).join('.');
		if (!found.has(server)) found.set(server, []);
		const pairs = found.get(server);
		if (asks) pairs.push([ns, null]);
		else if (pairs.length > 0 && pairs.at(-1)[1] === null) pairs.at(-1)[1] = ns;
	}
	return found;
};

const listen = async (file, port) => {
	const child = start('tcpdump', ['-i', 'lo', '-n', '-U', '-B', '16384', '-s', '96', '--time-stamp-precision=nano', '-w', file, 'tcp', 'port', String(port)], {
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	let said = '';
	child.stderr.on('data', (chunk) => {
		said += chunk;
	});
	for (let i = 0; i < 60 && !said.includes('listening on'); i++) {
		if (child.exitCode !== null) break;
		await sleep(50);
	}
	if (said.includes('listening on')) return { said: () => said, end: () => end(child, 'SIGINT') };
	if (child.exitCode === null) await end(child);
	throw new Error(said.trim().split('\n').at(-1) || 'it does not begin');
};

/** One run of the engine; resolves to what can be said of its samples: [bias µs, uncertainty µs] each. */
const run = async (block, ms, make) => {
	const port = await freePort();
	const server = client('slowServer', { hosts: hosts(HOSTS), port });
	await server.say('mark');
	const file = join(folder, `wire-${port}.pcap`);
	const dump = await listen(file, port).catch(async (error) => {
		await server.end();
		throw error;
	});
	const engine = make({ hosts: hosts(HOSTS), port, many: HOSTS, periodMs: PERIOD_MS, keep: true, ...(block && { block }) });
	if (!engine) {
		await dump.end();
		await server.end();
		return null;
	}
	await engine.say('mark');
	await engine.say('go');
	await sleep(ms);
	const { samples, failed, lateMs } = await engine.say('mark');
	await engine.end();
	await sleep(300);
	await dump.end();
	await server.end();
	const lost = Number(/(\d+) packets dropped by kernel/.exec(dump.said())?.[1] ?? 0);
	if (lost > 0 || failed > 0) {
		console.log(`  a run does not count: ${lost} packets lost by tcpdump, ${failed} probes failed`);
		return null;
	}
	const pairs = wire(file, port);
	const next = new Map();
	const found = [];
	for (const [host, tookMs, uncertaintyMs] of samples) {
		const k = next.get(host) ?? 0;
		next.set(host, k + 1);
		const [asked, answered] = pairs.get(host)?.[k] ?? [];
		// The first goes with a connection of its own; in the first second, code is still being compiled.
		if (answered && k >= 5) found.push([tookMs * 1000 - Number(answered - asked) / 1000, uncertaintyMs * 1000]);
	}
	return { found, lateMs };
};

export const bias = async (rounds, ms = 5000) => {
	if (!find('tcpdump')) {
		console.log('  skipped: tcpdump is not here (apt-get install tcpdump)');
		return;
	}
	const ours = (options) => client('engine', options);
	const states = {
		idle: [null, ours],
		'blocked 10 of 50 ms': [[10, 50], ours],
		'bare sockets': [null, (options) => client('floor', options)],
		'epoll in C': [null, askLoop],
	};
	const [seen, share] = [new Seen(), new Seen()];
	for (let round = 0; round < rounds; round++) {
		for (const [name, [block, make]] of Object.entries(states)) {
			let result;
			try {
				result = await run(block, ms, make);
			} catch (error) {
				console.log(`  skipped: tcpdump may not listen on lo here: ${error.message}`);
				return;
			}
			if (!result) continue;
			const note = (what, values) => {
				for (const [q, label] of [
					[0.5, 'p50'],
					[0.99, 'p99'],
				])
					seen.note(`${name}, ${what}, ${label}`, quantile(values, q));
			};
			const all = result.found;
			if (make !== ours) {
				note(
					'all',
					all.map(([b]) => b),
				);
				continue;
			}
			const certified = all.filter(([, u]) => u < CERTIFIED_MS * 1000);
			note(
				'all',
				all.map(([b]) => b),
			);
			note(
				'certified',
				certified.map(([b]) => b),
			);
			share.note(`${name}: certified (own uncertainty < ${CERTIFIED_MS} ms), of ${all.length}`.replace(/, of \d+$/, ''), (certified.length / all.length) * 100);
			// A wake-up by the kernel is not the loop's: 0.3 ms are allowed for it.
			share.note(`${name}: the wire's time lies within the interval`, (all.filter(([b, u]) => b <= u + 300).length / all.length) * 100);
		}
	}
	seen.print('µs too much');
	console.log(`    ${'aim: p50 <= 60, p99 <= 350 idle, and certified ones when blocked'.padEnd(52)}`);
	share.print('% of the samples');
};
