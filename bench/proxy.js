// Our proxy beside a real Toxiproxy 2.12, interleaved, under the same load. Prints ratios with their spread; asserts nothing.
// Usage: node bench/proxy.js [ROUNDS, default 5]. Needs Go, which builds Toxiproxy (or TOXIPROXY=/path/to/toxiproxy-server) and the load generator.
// MEASURES=throughput,connections,ping,latency,bulk,bandwidth,memory takes only some; CONNECTIONS=10000 sets how many are held for the memory.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const rounds = Math.max(1, Number(process.argv[2] ?? 5) || 5);
const wanted = process.env.MEASURES?.split(',');
const skip = (why) => {
	console.log(`skipped: ${why}`);
	process.exit(0);
};
const goPath = ['go', '/usr/local/go/bin/go'].find((path) => spawnSync(path, ['version']).status === 0);
if (!goPath) skip('there is no Go here to build Toxiproxy and the load generator');
if (!existsSync(here('../dist/src/proxy/proxies.js'))) skip('dist/ is missing: npm run build');

const folder = mkdtempSync(join(tmpdir(), 'daruma-bench-'));
const children = [];
process.on('exit', () => {
	for (const child of children) child.kill('SIGKILL');
	rmSync(folder, { recursive: true, force: true });
});
const go = (args, env) => {
	const { status, stderr } = spawnSync(goPath, args, { env: { ...process.env, GOFLAGS: '-mod=mod', ...env }, encoding: 'utf8' });
	if (status !== 0) skip(`go ${args.join(' ')} failed: ${stderr.trim().split('\n').at(-1)}`);
};
const loadBinary = join(folder, 'load');
go(['build', '-o', loadBinary, here('proxy-load/main.go')]);
let server = process.env.TOXIPROXY;
if (!server) {
	go(['install', 'github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0'], { GOBIN: folder });
	server = join(folder, 'server');
}

const start = (command, args, env = {}) => {
	const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] });
	children.push(child);
	return child;
};
/** One line in, one line out. */
const talk = (child) => {
	const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	const hear = async () => JSON.parse((await lines.next()).value);
	return {
		hear,
		say: (message) => {
			child.stdin.write(`${JSON.stringify(message)}\n`);
			return hear();
		},
	};
};
const load = talk(start(loadBinary, []));
const ports = await load.hear();
const upstreams = { sink: `127.0.0.1:${ports.sink}`, echo: `127.0.0.1:${ports.echo}` };

const freePort = async () => {
	const probe = createServer().listen(0, '127.0.0.1');
	await once(probe, 'listening');
	const { port } = probe.address();
	probe.close();
	return port;
};
const toxiproxy = async () => {
	const port = await freePort();
	const child = start(server, ['-port', String(port)], { LOG_LEVEL: 'error' });
	const api = async (method, path, body) => {
		for (let tries = 0; ; tries++) {
			try {
				const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
				const text = await answer.text();
				if (!answer.ok) throw new TypeError(text, { cause: 'answered' });
				return text === '' ? {} : JSON.parse(text);
			} catch (error) {
				if (tries > 100 || error.cause === 'answered') throw error;
				await new Promise((resolve) => setTimeout(resolve, 50));
			}
		}
	};
	return {
		name: 'toxiproxy',
		pid: child.pid,
		create: async (name) => (await api('POST', '/proxies', { name, listen: '127.0.0.1:0', upstream: upstreams[name] })).listen,
		add: (proxy, toxic) => api('POST', `/proxies/${proxy}/toxics`, { name: 'toxic', ...toxic }),
		remove: (proxy) => api('DELETE', `/proxies/${proxy}/toxics/toxic`),
	};
};
const ours = async () => {
	const child = start(process.execPath, [here('proxy-target.js')]);
	const { say } = talk(child);
	return {
		name: 'daruma',
		pid: child.pid,
		create: async (name) => (await say({ create: { name, upstream: upstreams[name] } })).listen,
		add: (proxy, toxic) => say({ proxy, toxic }),
		remove: (proxy) => say({ proxy, remove: true }),
	};
};

const ticks = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100;
const cpuSeconds = (pid) => {
	const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1).split(' ');
	return (Number(fields[11]) + Number(fields[12])) / ticks;
};
const residentKb = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);

const targets = [];
for (const make of [toxiproxy, ours]) {
	const target = await make();
	target.at = { sink: await target.create('sink'), echo: await target.create('echo') };
	target.seen = {};
	targets.push(target);
}
const note = (target, what, value) => {
	target.seen[what] ??= [];
	target.seen[what].push(value);
};

const measures = {
	throughput: async (target) => {
		for (const conns of [1, 8]) {
			const before = cpuSeconds(target.pid);
			const { bytes, seconds } = await load.say({ mode: 'upload', target: target.at.sink, conns, ms: 2000 });
			note(target, `MB/s, ${conns} connection${conns > 1 ? 's' : ''}`, bytes / seconds / 1e6);
			// The 0.3 s before the steady part use CPU too.
			note(target, `CPU s/GB, ${conns} connection${conns > 1 ? 's' : ''}`, (cpuSeconds(target.pid) - before) / ((bytes / seconds) * (seconds + 0.3)) / 1e-9);
		}
	},
	connections: async (target) => {
		const before = cpuSeconds(target.pid);
		const { done, failed, seconds } = await load.say({ mode: 'connect', target: target.at.echo, conns: 8, ms: 1500 });
		if (failed > 0) console.log(`${target.name}: ${failed} connections failed`);
		note(target, 'connections/s', done / seconds);
		note(target, 'CPU µs/connection', ((cpuSeconds(target.pid) - before) / done) * 1e6);
	},
	ping: async (target) => {
		const direct = await load.say({ mode: 'ping', target: upstreams.echo, conns: 1, count: 5000 });
		const before = cpuSeconds(target.pid);
		const { p50, p99, n } = await load.say({ mode: 'ping', target: target.at.echo, conns: 1, count: 20_000 });
		note(target, 'added round trip p50, µs', (p50 - direct.p50) * 1000);
		note(target, 'round trip p99, µs', p99 * 1000);
		note(target, 'CPU µs/ping-pong', ((cpuSeconds(target.pid) - before) / n) * 1e6);
	},
	latency: async (target) => {
		// As rarely as with the latency: processes that slept for so long wake slowly, on both sides of the proxy too.
		const rest = await load.say({ mode: 'ping', target: target.at.echo, conns: 20, count: 15, gap: 100 });
		const before = cpuSeconds(target.pid);
		await target.add('echo', { type: 'latency', attributes: { latency: 100 } });
		const { min, p50, p99 } = await load.say({ mode: 'ping', target: target.at.echo, conns: 20, count: 15 });
		await target.remove('echo');
		note(target, 'latency 100 ms: CPU s', cpuSeconds(target.pid) - before);
		note(target, 'round trip without it, 100 ms apart: p50, ms', rest.p50);
		note(target, 'latency 100 ms: p50 error beyond that, ms', p50 - 100 - rest.p50);
		note(target, 'latency 100 ms: p50 error, ms', p50 - 100);
		note(target, 'latency 100 ms: p99 error, ms', p99 - 100);
		note(target, 'latency 100 ms: earliest, ms', min - 100);
	},
	bulk: async (target) => {
		await target.add('sink', { type: 'latency', stream: 'upstream', attributes: { latency: 100 } });
		const { bytes, seconds } = await load.say({ mode: 'upload', target: target.at.sink, conns: 1, ms: 2500 });
		await target.remove('sink');
		note(target, 'MB/s through latency 100 ms', bytes / seconds / 1e6);
	},
	bandwidth: async (target) => {
		await target.add('sink', { type: 'bandwidth', stream: 'upstream', attributes: { rate: 1000 } });
		const { bytes, seconds } = await load.say({ mode: 'upload', target: target.at.sink, conns: 1, ms: 4000 });
		await target.remove('sink');
		note(target, 'bandwidth 1000 KB/s: KB/s', bytes / seconds / 1000);
	},
};
const chosen = Object.entries(measures).flatMap(([name, measure]) => (!wanted || wanted.includes(name) ? [measure] : []));

const quantile = (values, q) => {
	const sorted = [...values].sort((a, b) => a - b);
	const at = (sorted.length - 1) * q;
	const low = sorted[Math.floor(at)];
	return low + (sorted[Math.ceil(at)] - low) * (at % 1);
};

console.log(
	`node ${process.version}, ${process.platform} ${release()}, ${cpus().length} × ${cpus()[0]?.model.trim() || process.arch}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
);
console.log(`load ${loadavg()[0].toFixed(2)} at the start, ${rounds} rounds, interleaved`);
// First, while both are fresh. Both raise their own limit of open files as far as the system lets them.
const limit = Number(/Max open files\s+\d+\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]) || 4096;
const connections = Math.min(Number(process.env.CONNECTIONS) || 10_000, Math.floor(limit / 2) - 200);
for (const target of !wanted || wanted.includes('memory') ? targets : []) {
	note(target, 'resident MB, no connection yet', residentKb(target.pid) / 1024);
	for (const held of [Math.min(1000, connections - 1), connections]) {
		const before = residentKb(target.pid);
		const { open } = await load.say({ mode: 'hold', target: target.at.echo, conns: held });
		note(target, `resident MB, ${open} connections`, residentKb(target.pid) / 1024);
		if (held === connections) note(target, 'KB per idle connection', (residentKb(target.pid) - before) / (open - Math.min(1000, connections - 1)));
	}
	await load.say({ mode: 'hold', target: target.at.echo, conns: 0 });
}
const kept = targets.map((target) => target.seen);
// What does not count: Node compiles what is hot, Go grows its heap.
if (chosen.length > 0) for (const target of targets) await load.say({ mode: 'connect', target: target.at.echo, conns: 8, ms: 8000 });
for (let round = -1; round < rounds && chosen.length > 0; round++) {
	for (const [i, target] of targets.entries()) if (round <= 0) target.seen = round < 0 ? {} : { ...kept[i] };
	for (const measure of chosen) for (let i = 0; i < targets.length; i++) await measure(targets[(i + round + 2) % targets.length]);
}
console.log(`load ${loadavg()[0].toFixed(2)} at the end (of one minute; the generator and both proxies are part of it)\n`);
const [theirs, own] = targets;
console.log(`${''.padEnd(34)}${'Toxiproxy'.padStart(12)}${'daruma'.padStart(12)}   ratio, round by round: median (p25 … p75)`);
for (const what of Object.keys(own.seen)) {
	const ratios = own.seen[what].map((value, i) => value / theirs.seen[what][i]);
	const shown = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2)).padStart(12);
	const line = `${what.padEnd(34)}${shown(quantile(theirs.seen[what], 0.5))}${shown(quantile(own.seen[what], 0.5))}`;
	console.log(`${line}   ${quantile(ratios, 0.5).toFixed(2)} × (${quantile(ratios, 0.25).toFixed(2)} … ${quantile(ratios, 0.75).toFixed(2)})`);
}
process.exit(0);
