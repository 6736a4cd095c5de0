// What every part of the probe benchmark stands on: children, their CPU, an nginx to be asked, and figures with their spread.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const here = (path) => fileURLToPath(new URL(path, import.meta.url));
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const folder = mkdtempSync(join(tmpdir(), 'daruma-bench-'));
const children = new Set();
process.on('exit', () => {
	for (const child of children) child.kill('SIGKILL');
	rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/** The first of `names` that this machine has, or null. */
export const find = (...names) => names.find((name) => !spawnSync(name, ['--version'], { stdio: 'ignore' }).error) ?? null;

export const start = (command, args, { env = {}, stdio = ['pipe', 'pipe', 'inherit'] } = {}) => {
	const child = spawn(command, args, { env: { ...process.env, ...env }, stdio });
	children.add(child);
	child.ended = new Promise((resolve) => child.once('exit', resolve));
	child.ended.then(() => children.delete(child));
	return child;
};
export const end = async (child, signal = 'SIGTERM') => {
	child.kill(signal);
	await child.ended;
};

/** One line of JSON in, one line out. */
export const talk = (child) => {
	const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	return async (message) => {
		child.stdin.write(`${JSON.stringify(message)}\n`);
		const { value } = await lines.next();
		if (value === undefined) throw new Error(`${child.spawnargs.join(' ')} has ended`);
		return JSON.parse(value);
	};
};
/** A Node process that does nothing but probe: its CPU is the probe's. */
export const client = (kind, options) => {
	const child = start(process.execPath, [here('client.js'), kind, JSON.stringify(options)]);
	return { pid: child.pid, say: talk(child), end: () => end(child, 'SIGKILL') };
};

let loop;
/** The same as a loop of epoll in C: what the machine itself allows. Null where there is no compiler. */
export const askLoop = ({ hosts: at, port, many, periodMs, keep = false }) => {
	if (loop === undefined) {
		const cc = find('gcc', 'cc', 'clang');
		loop = join(folder, 'ask-loop');
		if (!cc || spawnSync(cc, ['-O2', '-o', loop, here('ask-loop.c')], { stdio: 'inherit' }).status !== 0) loop = null;
	}
	if (loop === null) return null;
	const child = start(loop, [port, at.length, many, periodMs, keep ? 1 : 0].map(String));
	return { pid: child.pid, say: talk(child), end: () => end(child, 'SIGKILL') };
};

const ticks = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100;
/** utime + stime of one process with all of its threads, s. */
export const cpuSeconds = (pid) => {
	const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1).split(' ');
	return (Number(fields[11]) + Number(fields[12])) / ticks;
};
export const residentKb = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);

export const freePort = () =>
	new Promise((resolve) => {
		const server = createServer().listen(0, '127.0.0.1', () => {
			const { port } = server.address();
			server.close(() => resolve(port));
		});
	});
export const answers = async (port, host = '127.0.0.1') => {
	for (let tries = 0; tries < 200; tries++) {
		const there = await new Promise((resolve) => {
			const socket = connect({ host, port });
			socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
			socket.once('close', () => resolve(false)).setTimeout(1000, () => socket.destroy());
			setTimeout(() => socket.destroy(), 500);
		});
		if (there) return;
		await sleep(50);
	}
	throw new Error(`nothing listens at ${host}:${port}`);
};

/** 127.0.0.1 … 127.0.0.n: many hosts, and room for many connections; nothing listens beyond loopback. */
export const hosts = (n) => Array.from({ length: n }, (_, i) => `127.0.0.${i + 1}`);
const HOSTS = 40;

/** One worker that answers "ok" at once, at every one of `hosts`; `count` is how many requests it has seen. */
export const nginx = async () => {
	const port = await freePort();
	const file = join(folder, 'nginx.conf');
	const listens = hosts(HOSTS).map((host) => `listen ${host}:${port} backlog=4096;`);
	writeFileSync(
		file,
		`worker_processes 1; daemon off; master_process off; pid ${join(folder, 'nginx.pid')}; error_log /dev/null crit; worker_rlimit_nofile 19000;
events { worker_connections 18000; }
http { access_log off; keepalive_requests 1000000000; keepalive_timeout 3600s; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p;
fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
server { ${listens.join(' ')} location / { default_type text/plain; return 200 "ok\\n"; } location = /seen { stub_status; } } }
`,
	);
	const child = start('nginx', ['-e', '/dev/null', '-c', file], { stdio: 'ignore' });
	await answers(port);
	const count = async () => {
		const text = await (await fetch(`http://127.0.0.1:${port}/seen`)).text();
		return Number(/^ \d+ \d+ (\d+)/m.exec(text)?.[1]);
	};
	return { port, hosts: hosts(HOSTS), count, end: () => end(child) };
};

export const quantile = (values, q) => {
	const sorted = [...values].sort((a, b) => a - b);
	const at = (sorted.length - 1) * q;
	const low = sorted[Math.floor(at)];
	return low + (sorted[Math.ceil(at)] - low) * (at % 1);
};

const shown = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(Math.abs(value) >= 10 ? 1 : 2));
export const spread = (values) => `${shown(quantile(values, 0.5))} (${shown(quantile(values, 0.25))} … ${shown(quantile(values, 0.75))})`;

/** Figures by subject, round by round. */
export class Seen {
	rows = new Map();
	note(subject, value) {
		if (!this.rows.has(subject)) this.rows.set(subject, []);
		this.rows.get(subject).push(value);
	}
	/** One line of how two compare, in the same rounds. */
	ratio(above, below, aim) {
		const [a, b] = [this.rows.get(above), this.rows.get(below)];
		if (!a || !b) return;
		console.log(`    ${`${above} / ${below}`.padEnd(52)}${spread(a.map((value, i) => value / b[i])).padEnd(26)}aim ${aim}`);
	}
	print(unit) {
		for (const [name, values] of this.rows) console.log(`  ${name.padEnd(54)}${spread(values)} ${unit}`);
	}
}

/** CPU of `pid` per thing that `count` counts, in µs, over `ms` after a warm-up. */
export const perOperation = async (pid, count, ms, warmMs = 400) => {
	await sleep(warmMs);
	const [done, cpu] = [await count(), cpuSeconds(pid)];
	await sleep(ms);
	const [doneNow, cpuNow] = [await count(), cpuSeconds(pid)];
	return { us: ((cpuNow - cpu) / (doneNow - done)) * 1e6, done: doneNow - done };
};
