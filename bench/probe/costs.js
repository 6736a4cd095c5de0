// CPU per probe of whoever asks, next to the programs that ask the same: wrk, undici.request, HAProxy, blackbox_exporter, a loop in C.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answers, askLoop, client, cpuSeconds, end, find, folder, freePort, here, perOperation, residentKb, Seen, sleep, start, talk } from './stage.js';

/** A client of ours between "go" and "halt", counted by what it got right. */
const nodeSubject = (kind, options) => {
	const { pid, say, end: kill } = client(kind, options);
	return {
		async measure(ms) {
			await say('go');
			const found = await perOperation(pid, async () => (await say('mark')).done, ms);
			const { failed, why } = await say('halt');
			if (failed > 0) console.log(`  ${kind}: ${failed} probes failed so far (${why})`);
			await sleep(50);
			return found;
		},
		end: kill,
	};
};

/** Foreign programs: whatever they did, the server has seen it. */
const seenAt = (server, begin) => ({
	async measure(ms) {
		const { pid, stop } = await begin();
		const found = await perOperation(pid, server.count, ms);
		await stop();
		return found;
	},
	async end() {},
});

const wrkAt = (wrk, url, connections, ms) => start(wrk, ['-t1', `-c${connections}`, `-d${Math.ceil(ms / 1000) + 5}s`, url], { stdio: 'ignore' });

export const keepAlive = (server, ms) => {
	const options = { hosts: server.hosts, port: server.port, connections: 32, fresh: false };
	const subjects = { daruma: nodeSubject('ours', options), 'undici.request': nodeSubject('undici', options) };
	const wrk = find('wrk');
	if (!wrk) console.log('  skipped: wrk is not here (apt-get install wrk)');
	else
		subjects.wrk = seenAt(server, async () => {
			const child = wrkAt(wrk, `http://127.0.0.1:${server.port}/`, 32, ms);
			return { pid: child.pid, stop: () => end(child, 'SIGKILL') };
		});
	return subjects;
};

const haproxyChecks = (haproxy, server) => {
	const file = join(folder, 'haproxy.cfg');
	writeFileSync(
		file,
		`global
	nbthread 1
	maxconn 4000
defaults
	mode http
	timeout connect 2s
	timeout client 5s
	timeout server 5s
	timeout check 2s
frontend unused
	bind unix@${join(folder, 'haproxy.sock')}
	default_backend asked
backend asked
	option httpchk GET /
	default-server check inter 50ms
${Array.from({ length: 500 }, (_, i) => `	server s${i} ${server.hosts[i % server.hosts.length]}:${server.port}`).join('\n')}
`,
	);
	return seenAt(server, async () => {
		const child = start(haproxy, ['-db', '-f', file], { stdio: 'ignore' });
		await sleep(700);
		return { pid: child.pid, stop: () => end(child, 'SIGKILL') };
	});
};

const blackboxChecks = async (blackbox, wrk, server, ms) => {
	const file = join(folder, 'blackbox.yml');
	writeFileSync(file, 'modules:\n  http_2xx:\n    prober: http\n    timeout: 5s\n    http:\n      preferred_ip_protocol: ip4\n');
	const port = await freePort();
	const args = [`--config.file=${file}`, `--web.listen-address=127.0.0.1:${port}`, '--log.level=error'];
	const child = start(blackbox, args, { env: { GOMAXPROCS: '1' }, stdio: 'ignore' });
	await answers(port);
	const subject = seenAt(server, async () => {
		const asker = wrkAt(wrk, `http://127.0.0.1:${port}/probe?module=http_2xx&target=http://127.0.0.1:${server.port}/`, 16, ms);
		return { pid: child.pid, stop: () => end(asker, 'SIGKILL') };
	});
	return { ...subject, end: () => end(child) };
};

export const fresh = async (server, ms) => {
	const options = { hosts: server.hosts, port: server.port, connections: 32, fresh: true };
	const subjects = {
		daruma: nodeSubject('ours', { ...options, more: { connection: 'close' } }),
		'daruma, closing by RST': nodeSubject('ours', { ...options, more: { connection: 'close', close: 'rst' } }),
	};
	const haproxy = find('haproxy');
	if (haproxy) subjects.HAProxy = haproxyChecks(haproxy, server);
	else console.log('  skipped: haproxy is not here');
	const [wrk, blackbox] = [find('wrk'), process.env.BLACKBOX ?? find('blackbox_exporter', 'prometheus-blackbox-exporter')];
	if (wrk && blackbox) subjects.blackbox_exporter = await blackboxChecks(blackbox, wrk, server, ms);
	else console.log('  skipped: blackbox_exporter (or wrk, which asks it) is not here: apt-get install prometheus-blackbox-exporter wrk, or BLACKBOX=/path');
	return subjects;
};

export const tcp = (server) => {
	const { hosts, port } = server;
	const subjects = { daruma: nodeSubject('ours', { hosts, port, connections: 32, protocol: 'tcp', more: { close: 'rst' } }) };
	const loop = join(folder, 'tcp-loop');
	const cc = find('gcc', 'cc', 'clang');
	if (!cc || spawnSync(cc, ['-O2', '-o', loop, here('tcp-loop.c')], { stdio: 'inherit' }).status !== 0) {
		console.log('  skipped: there is no C compiler here for the loop in C');
		return subjects;
	}
	const child = start(loop, [String(port), String(hosts.length)]);
	const say = talk(child);
	subjects['loop in C'] = {
		async measure(ms) {
			await say('go');
			const found = await perOperation(child.pid, async () => (await say('mark')).done, ms);
			await say('halt');
			return found;
		},
		end: () => end(child),
	};
	return subjects;
};

/** All subjects in turn, round after round, after one round that does not count. */
export const interleaved = async (subjects, rounds, ms) => {
	const seen = new Seen();
	const names = Object.keys(subjects);
	for (let round = -1; round < rounds; round++) {
		for (let turn = 0; turn < names.length; turn++) {
			const name = names[(turn + round + 1) % names.length];
			const { us } = await subjects[name].measure(round < 0 ? 500 : ms);
			if (round >= 0) seen.note(name, us);
		}
	}
	for (const name of names) await subjects[name].end();
	seen.print('µs of CPU per probe');
	return seen;
};

/** N endpoints at 1/s each: the engine and the bare sockets, in turn. */
export const many = async (server, rounds, { endpoints, ms, warmMs }) => {
	const base = { hosts: server.hosts, port: server.port, many: endpoints, periodMs: 1000 };
	const kinds = {
		engine: ['engine', base],
		'bare sockets': ['floor', base],
		'epoll in C': null,
	};
	kinds['engine, rise/fall, every 10th fresh'] = ['engine', { ...base, freshEvery: 10, detector: { kind: 'rise-fall' } }];
	const seen = {};
	for (const what of ['cpu', 'each', 'memory', 'lateP50', 'lateP99', 'tookP50']) seen[what] = new Seen();
	const names = Object.keys(kinds);
	for (let round = 0; round < rounds; round++) {
		for (let turn = 0; turn < names.length; turn++) {
			const name = names[(turn + round) % names.length];
			// Ten seconds of it, to see every turn of the fresh ones: once is enough.
			if (round > 0 && name.includes('fresh')) continue;
			const asker = kinds[name] ? client(...kinds[name]) : askLoop(base);
			if (!asker) continue;
			const { pid, say, end: kill } = asker;
			await say('mark');
			await sleep(300);
			const before = residentKb(pid);
			await say('go');
			await sleep(warmMs);
			const first = await say('mark');
			const [cpu, at] = [cpuSeconds(pid), process.hrtime.bigint()];
			await sleep(name.includes('fresh') ? Math.max(ms, 10_000) : ms);
			const [cpuNow, took] = [cpuSeconds(pid), Number(process.hrtime.bigint() - at) / 1e9];
			const kb = residentKb(pid);
			const { done, failed, why, lateMs, tookMs, skipped } = await say('mark');
			if (failed > 0) console.log(`  ${name}: ${failed} probes failed (${why})`);
			if (skipped > 0) console.log(`  ${name}: ${skipped} beats skipped`);
			const rate = (done - first.done) / took;
			if (rate < 0.98 * endpoints) console.log(`  ${name}: only ${Math.round(rate)} answers a second`);
			seen.each.note(name, ((cpuNow - cpu) / (done - first.done)) * 1e6);
			seen.cpu.note(name, ((cpuNow - cpu) / took) * 100);
			seen.memory.note(name, (kb - before) / endpoints);
			seen.lateP50.note(name, lateMs[0]);
			seen.lateP99.note(name, lateMs[1]);
			seen.tookP50.note(name, tookMs[0] * 1000);
			await kill();
			await sleep(300);
		}
	}
	return seen;
};
