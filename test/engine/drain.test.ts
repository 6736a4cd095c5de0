import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { settle, Unfinished } from '../../src/engine/drain.js';
import type { Event, FaultEvent } from '../../src/model/event.js';
import { MonotonicClock, monotonicNs } from '../../src/platform/clock.js';

const at = { id: 'r1', node: 'n1', method: 'POST' };
const received = (t: number, node = 'n1', id = 'r1'): Event => ({ ...at, kind: 'received', t, node, id });
const executed = (t: number, node = 'n1', id = 'r1'): Event => ({ ...at, kind: 'executed', t, node, id });
const receipt = (t: number, node = 'n1', id = 'r1'): Event => ({ ...at, kind: 'receipt', t, node, id, path: '/', conn: 1, life: 1 });
const response = (t: number, node = 'n1', id = 'r1'): Event => ({ kind: 'response', t, node, id, status: 200, conn: 1, life: 1 });
const gone = (t: number, id = 'r1'): Event => ({
	kind: 'request',
	t: 0,
	sentMs: 0,
	endMs: t,
	id,
	method: 'POST',
	path: '/',
	mix: 0,
	idempotent: false,
	outcome: 'failed',
	error: 'timeout',
});
const struck = (target: string): FaultEvent => ({ kind: 'fault', t: 0, experiment: 0, fault: 0, faultKind: 'freeze', target, step: 'effective' });

const after = (gateway: boolean, events: Event[]): Unfinished => {
	const unfinished = new Unfinished(gateway);
	for (const event of events) unfinished.hear(event);
	return unfinished;
};

test('what a replica has begun is work until it is executed, answered, or dead with its process', (t) => {
	t.false(after(false, []).working);
	t.true(after(false, [received(0)]).working);
	t.false(after(false, [received(0), executed(50)]).working);
	t.false(after(false, [received(0), response(50)]).working, 'refused: answered, never executed');
	t.true(after(false, [received(0), received(10), executed(50), response(51)]).working, 'the same request twice at one node');
	t.true(after(false, [received(0), executed(50, 'n2')]).working);
	const exited: Event = { kind: 'node', t: 60, node: 'n1', life: 1, step: 'exited' };
	t.false(after(false, [received(0), exited]).working);
	t.true(after(false, [received(0, 'n2'), exited]).working);
});

test('old work was given up when its client left; young work may still end', (t) => {
	const unfinished = after(false, [received(0, 'n1', 'r9'), executed(3000, 'n1', 'r9'), received(10_000)]);
	t.true(unfinished.mayStillEnd(12_000));
	t.false(unfinished.mayStillEnd(30_000));
});

test('a gateway that was seen to pause between tries may send again for a client that has gone', (t) => {
	const retries = [receipt(0, 'n2', 'r5'), receipt(4000, 'n3', 'r5')];
	const held = [...retries, receipt(9000), gone(10_000)];
	t.true(after(true, held).mayBeSentAgain(12_000));
	t.false(after(true, held).mayBeSentAgain(20_000));
	t.false(after(false, held).mayBeSentAgain(12_000), 'the built-in client ends with its user');
	t.false(after(true, [receipt(9000), gone(10_000)]).mayBeSentAgain(12_000), 'never seen to try twice');
	t.false(after(true, retries).mayBeSentAgain(5000), 'no client has gone');
	t.true(after(true, [...held, receipt(20_000)]).mayBeSentAgain(22_000), 'it was sent again');
	const thawed = [struck('n2'), receipt(0, 'n3', 'r5'), receipt(9000, 'n2', 'r5'), receipt(9000), gone(10_000)];
	t.false(after(true, thawed).mayBeSentAgain(12_000), 'what waited at a frozen node is no pause');
});

test('the drain lasts until the work is done, however quiet it is, and is cut off at its limit', async (t) => {
	const dir = mkdtempSync(join(tmpdir(), 'daruma-drain-'));
	t.teardown(() => rmSync(dir, { recursive: true, force: true }));
	const history = join(dir, 'history.ndjson');
	const clock = new MonotonicClock(monotonicNs());
	const line = (event: Event): string => `\n${JSON.stringify(event)}\n`;
	const probe = '{"kind": "received", "t": 1, "node": "n1", "id": "probe-7", "method": "GET"}\n';
	const earlier = `${line(received(0, 'n3', 'r0'))}no event\n`;
	writeFileSync(history, earlier);
	const drain = { history, fromByte: earlier.length, clock, quietMs: 50, gateway: false };
	t.true(await settle({ ...drain, limitMs: 60_000 }), 'what an earlier experiment left does not count');
	appendFileSync(history, probe);
	t.true(await settle({ ...drain, limitMs: 60_000 }), "nor do daruma's own probes");

	appendFileSync(history, line(received(clock.now())));
	let done = false;
	const settled = settle({ ...drain, limitMs: 60_000 }).then((whole) => {
		t.true(done);
		return whole;
	});
	await new Promise((resolve) => setTimeout(resolve, 300));
	done = true;
	appendFileSync(history, line(executed(clock.now())));
	t.true(await settled);

	appendFileSync(history, line(received(clock.now() - 60_000, 'n2', 'r3')) + line(executed(clock.now(), 'n2', 'r3')));
	appendFileSync(history, line(received(clock.now(), 'n1', 'r2')));
	t.false(await settle({ ...drain, limitMs: 100 }));
});
