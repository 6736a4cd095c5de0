import { renameSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { rng } from '../../src/model/rng.js';
import { freePort } from '../../src/platform/ports.js';
import { findHaproxy } from '../../src/systems/haproxy.js';
import { follow, has, isLost, line, lines } from '../discovery/stage.js';
import { start } from '../probes/real.js';
import { have, scratch } from '../subjects/stage.js';

test('what an operator tells HAProxy at run time is followed: drain, maintenance, weight, another address', async (t) => {
	if (!have(t, 'haproxy')) return;
	const dir = scratch(t);
	const socket = join(dir, 's');
	const [a, b, port] = [await freePort(), await freePort(), await freePort()];
	writeFileSync(
		join(dir, 'h.cfg'),
		`global\n  stats socket ${socket} mode 600 level admin\ndefaults\n  mode http\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\nfrontend f\n  bind 127.0.0.1:${port}\n  default_backend app\nbackend app\n  server s1 127.0.0.1:${a} weight 10\n  server s2 127.0.0.1:${b} backup\n`,
	);
	start(t, (await findHaproxy()).path, ['-db', '-f', join(dir, 'h.cfg')]);
	const { until } = await follow(t, `haproxy:${socket}?every=100ms#app`);
	const spare = `127.0.0.1:${b} unknown backup (s2 no check)`;
	await until(has(`127.0.0.1:${a} unknown ×10 (s1 no check)`, spare));
	const tell = (command: string): Promise<void> =>
		new Promise(
			(done, fail) =>
				void connect(socket)
					.on('error', fail)
					.on('close', () => done())
					.resume()
					.end(`${command}\n`),
		);
	for (const [command, first] of [
		['set server app/s1 state drain', `127.0.0.1:${a} down ×10 (s1 DRAIN)`],
		['set server app/s1 state maint', `127.0.0.1:${a} down ×10 (s1 MAINT)`],
		['set server app/s1 state ready', `127.0.0.1:${a} unknown ×10 (s1 no check)`],
		['set server app/s1 weight 3', `127.0.0.1:${a} unknown ×3 (s1 no check)`],
		['set server app/s1 weight 0', `127.0.0.1:${a} down (s1 weight 0 no check)`],
		['set server app/s1 weight 1;set server app/s1 addr 127.0.0.9 port 99', '127.0.0.9:99 unknown (s1 no check)'],
	] as const) {
		await tell(command);
		await until(has(first, spare));
	}
	t.pass();
});

test('the DNS is asked again by its own times to live, without being told when', async (t) => {
	if (!have(t, 'dnsmasq')) return;
	const dir = scratch(t);
	const [port, hosts, log] = [await freePort(), join(dir, 'hosts'), join(dir, 'log')];
	writeFileSync(hosts, '10.1.0.1 web.test\n');
	writeFileSync(log, '');
	const child = start(t, 'dnsmasq', [
		...['-k', '-C', '/dev/null', '-p', String(port), '-a', '127.0.0.1', '--bind-interfaces', '--no-resolv', '--no-hosts', '--local=/test/', '--local-ttl=2'],
		...[`--addn-hosts=${hosts}`, `--log-facility=${log}`, '--log-queries', '--pid-file=', `--user=${userInfo().username}`],
	]);
	const { until } = await follow(t, `a+aaaa://web.test:80?server=127.0.0.1:${port}`);
	await until(has('10.1.0.1:80 unknown'));
	writeFileSync(hosts, '10.1.0.1 web.test\n10.1.0.2 web.test\nfd00::2 web.test\n');
	child.kill('SIGHUP');
	await until(has('10.1.0.1:80 unknown', '10.1.0.2:80 unknown', '[fd00::2]:80 unknown'));
	writeFileSync(hosts, '\n');
	child.kill('SIGHUP');
	t.is((await until(isLost(/NXDOMAIN|no records/))).entries.length, 3);
	writeFileSync(hosts, '10.1.0.7 web.test\n');
	child.kill('SIGHUP');
	await until(has('10.1.0.7:80 unknown'));
	t.pass();
});

test('a list of a thousand that is rewritten at random, in place and by renaming: the end is what was written last', async (t) => {
	const dir = scratch(t);
	const file = join(dir, 'list');
	const random = rng(7);
	const { live, news, until } = await follow(t, `file:${file}`);
	let written: string[] = [];
	for (let round = 0; round < 40; round++) {
		written = Array.from({ length: 1000 }, (_, i) => `10.0.${i >> 8}.${i & 255}:80`).filter(() => random.next() < 0.9);
		const text = `${written.join('\n')}\n${random.next() < 0.2 ? 'garbage\n' : ''}`;
		if (random.next() < 0.5) writeFileSync(file, text);
		else {
			writeFileSync(`${file}.new`, text);
			renameSync(`${file}.new`, file);
		}
		await sleep(random.next() * 400);
	}
	written.push('10.9.9.9:80');
	writeFileSync(file, `${written.join('\n')}\n`);
	await until(has(...written.map((each) => `${each} unknown`)));
	// What was told is, added up, what is there: nothing twice, nothing lost.
	const there = new Set<string>();
	for (const each of news) {
		const [change = '', ...rest] = each.split(' ');
		if (change === 'added') t.false(there.has(rest.join(' ')));
		if (change === 'added') there.add(rest.join(' '));
		else if (change === 'removed') t.true(there.delete(rest.join(' ')));
	}
	t.deepEqual([...there].sort(), lines(live.roster.entries).sort());
	t.is(line(live.roster.entries.at(-1) as Parameters<typeof line>[0]), '10.9.9.9:80 unknown');
});
