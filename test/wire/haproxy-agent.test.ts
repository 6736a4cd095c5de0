import test from 'ava';
import { parseAgentLine } from '../../src/wire/haproxy-agent.js';

test('lines of agents', (t) => {
	for (const [line, said] of [
		['up', { state: 'up' }],
		['UP\t50%', { state: 'up', weight: 50 }],
		['75%', { weight: 75 }],
		['0%', { weight: 0 }],
		['256%', { weight: 256 }],
		['up,ready,100%,maxconn:30', { state: 'up', admin: 'ready', weight: 100, maxconn: 30 }],
		['down #disk is full', { state: 'down', reason: 'disk is full' }],
		['down#x', { state: 'down', reason: 'x' }],
		['failed', { state: 'down' }],
		['stopped', { state: 'down' }],
		['drain', { admin: 'drain' }],
		['maint # ', { admin: 'maint' }],
	] as const)
		t.deepEqual(parseAgentLine(line), said, line);
});

test('what is no such line says what was expected', (t) => {
	for (const line of ['', '   ', '#only a reason', 'upp', '257%', '-1%', '5', '50 %', 'maxconn:', 'maxconn:x', '__proto__', 'constructor', 'up "quoted"']) {
		const said = parseAgentLine(line);
		t.is(typeof said, 'string', line);
		t.regex(said as string, /expected/);
	}
	t.true((parseAgentLine(`down #${'x'.repeat(10_000)}`) as { reason: string }).reason.length <= 200);
	t.true((parseAgentLine('x'.repeat(100_000)) as string).length < 300);
});
