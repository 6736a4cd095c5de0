import test from 'ava';
import type { WatchNews } from '../../../src/checks/watch/events.js';
import { PLAIN } from '../../../src/report/style.js';
import { eventLine } from '../../../src/report/watch/line.js';
import { eventJson } from '../../../src/report/watch/ndjson.js';

const TIMES = { time: '2026-01-01T00:00:01.000Z', atMs: 1000.4567 };

test('one line per event', (t) => {
	for (const [news, line] of [
		[{ kind: 'state', endpoint: 'n1', from: 'up', to: 'down', why: 'a\nb\u001b[0m', by: 'probe' }, 'n1  up → down: a b�[0m'],
		[{ kind: 'endpoint', change: 'added', endpoint: 'n1', source: 'file' }, 'n1  added (file)'],
		[{ kind: 'pause', forMs: 2000 }, 'daruma itself stood still for 2s: silence meanwhile counts for nothing'],
		[{ kind: 'dropped', events: 3 }, '3 events were not told: nobody read them in time'],
		[{ kind: 'start', schema: 'daruma.watch/1', endpoints: 1, listen: 'http://127.0.0.1:9' }, 'watching 1 endpoint, status and reports on http://127.0.0.1:9'],
	] as [WatchNews, string][])
		t.is(eventLine({ ...TIMES, ...news }, PLAIN), `2026-01-01T00:00:01.000Z +1000ms  ${line}\n`);
});

test('NDJSON: one line, whole numbers as they are, µs at most', (t) => {
	t.is(eventJson({ ...TIMES, kind: 'dropped', events: 3 }), '{"time":"2026-01-01T00:00:01.000Z","atMs":1000.457,"kind":"dropped","events":3}\n');
});
