import test from 'ava';
import type { FaultHandle, NodeStatus, SessionStatus } from '../../../src/model/session.js';
import { clusterTable, clusterTitle, faultLine, faultWords } from '../../../src/report/cluster/table.js';
import { PLAIN } from '../../../src/report/style.js';

const fault = (change: Partial<FaultHandle> = {}): FaultHandle => ({
	id: 'f1',
	kind: 'delay',
	node: 'n2',
	state: 'effective',
	forMs: null,
	remainingMs: null,
	evidence: { by: 'probe', detail: 'answered after 160 ms', afterMs: 162.4 },
	healed: null,
	detail: null,
	...change,
});
const node = (change: Partial<NodeStatus> = {}): NodeStatus => ({
	name: 'n1',
	host: '127.0.0.1',
	port: 15683,
	url: 'http://127.0.0.1:15683',
	pid: 4711,
	life: 1,
	process: 'running',
	state: 'up',
	sinceMs: 4000,
	fault: null,
	logFile: '/x/n1.log',
	...change,
});
const status = (nodes: NodeStatus[], subject: Partial<SessionStatus['subject']> = {}): SessionStatus => ({
	schema: 'daruma.cluster/1',
	run: '20261123-191325-qprt',
	folder: '/x',
	pid: 8684,
	detached: true,
	upMs: 7_260_000,
	leaseMs: 90_000,
	nodes,
	subject: { kind: 'client', url: null, host: null, port: null, ended: null, notes: [], logFile: null, ...subject },
	faults: [],
});

test('a line for each node; the process has a column only where it says something', (t) => {
	t.deepEqual(clusterTable(status([node(), node({ name: 'n2', fault: fault() })]), PLAIN), [
		'NODE  ADDRESS          STATE  SINCE   PID  LIFE  FAULT',
		'n1    127.0.0.1:15683  up        4s  4711     1',
		'n2    127.0.0.1:15683  up        4s  4711     1  delay f1, until healed',
	]);
	const [, , dead] = clusterTable(status([node(), node({ name: 'n2', process: 'gone', pid: null, state: 'down' })]), PLAIN);
	t.is(dead, 'n2    127.0.0.1:15683  down      4s  gone     -     1');
	t.is(clusterTitle(status([]), PLAIN), 'cluster 20261123-191325-qprt, supervisor pid 8684, up 2h 1min, ends in 90s');
});

test('the subject is told with its address, and why it ended: foreign text steers no terminal', (t) => {
	t.is(clusterTable(status([], { kind: 'nginx', url: 'http://127.0.0.1:80' }), PLAIN).at(-1), 'subject nginx at http://127.0.0.1:80');
	t.regex(clusterTable(status([], { kind: 'nginx', url: 'http://127.0.0.1:80', ended: 'exit\u001b[2J' }), PLAIN).at(-1) as string, /has ended: exit\ufffd\[2J/);
});

test('what became of a fault, in a line', (t) => {
	for (const [change, line] of [
		[{}, 'n2: delay effective (f1; probe after 162ms: answered after 160 ms), until healed'],
		[{ forMs: 2000 }, 'n2: delay effective (f1; probe after 162ms: answered after 160 ms), for 2s'],
		[{ state: 'unseen', evidence: null, detail: 'no probe met it' }, 'n2: delay unseen (f1): no probe met it'],
		[{ state: 'healed', healed: { by: 'probe', detail: 'answered 200', afterMs: 12 } }, 'n2: delay healed (f1; probe after 12ms: answered 200)'],
		[{ state: 'healed', detail: 'the session has ended' }, 'n2: delay healed (f1): the session has ended'],
		[{ state: 'unhealed', detail: 'n2 did not answer' }, 'n2: delay unhealed (f1): n2 did not answer'],
	] as const)
		t.is(faultLine(fault(change as Partial<FaultHandle>), PLAIN), line);
	t.is(faultWords(fault({ forMs: 9000, remainingMs: 7400 })), 'delay f1, 7s left');
	t.is(faultWords(fault({ kind: 'crash', state: 'waiting', forMs: 9000 })), 'crash f1 waiting');
});
