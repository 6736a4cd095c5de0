import test from 'ava';
import { haproxy } from '../../src/subjects/haproxy.js';
import { haproxyRouting } from '../../src/subjects/haproxy-routing.js';
import { have, openStage, send, tinyNode } from './stage.js';

test.serial('out: maintenance, seen in its own state, and no request comes there; in again: requests come', async (t) => {
	if (!have(t, 'haproxy')) return;
	const nodes = [await tinyNode(t, 'n1'), await tinyNode(t, 'n2'), await tinyNode(t, 'n3')] as const;
	const stage = await openStage(t, nodes);
	const subject = await haproxy.start({ kind: 'haproxy', config: 'default' }, stage);
	const routing = subject.routing!;
	t.is(routing.by, 'haproxy');
	t.regex((await routing.seen('n2', 'in')) ?? '', /^ready/);
	await routing.set('n2', 'drain');
	t.regex((await routing.seen('n2', 'drain')) ?? '', /no session is left/);
	await routing.set('n2', 'out');
	t.regex((await routing.seen('n2', 'out')) ?? '', /maintenance/);
	t.is(await routing.seen('n2', 'in'), null);
	nodes[1].received.length = 0;
	for (let i = 0; i < 9; i++) t.is((await send(stage, subject.target!, `r${i}`)).status, 200);
	t.deepEqual(
		nodes[1].received.filter((id) => id.startsWith('r')),
		[],
	);
	await routing.set('n2', 'in');
	t.is(await routing.seen('n2', 'out'), null);
	// A server comes back when HAProxy's own check says so: asked for, not waited for by the clock.
	for (let i = 0; i < 300 && !nodes[1].received.some((id) => id.startsWith('s')); i++) {
		t.is((await send(stage, subject.target!, `s${i}`)).status, 200);
		if (i > 20) await new Promise((resolve) => setTimeout(resolve, 20));
	}
	t.true(nodes[1].received.some((id) => id.startsWith('s')));
	await t.throwsAsync(routing.set('n9', 'out'), { message: /knows no server at n9/ });
	await subject.stop();
});

test.serial('nobody at the socket: exit 4, with what to look for', async (t) => {
	const routing = haproxyRouting('/nonexistent/daruma.sock', []);
	const error = await t.throwsAsync(routing.set('n1', 'out'), { code: 'E_HAPROXY_SOCKET' });
	t.regex(error?.message ?? '', /ENOENT/);
});
