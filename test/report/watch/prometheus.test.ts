import test from 'ava';
import { prometheus } from '../../../src/report/watch/prometheus.js';
import { status } from '../../../src/report/watch/status.js';
import { row, view } from './view.js';

const seen = view([
	row('http://n1/?a="b"', 'up', { load: 55, reports: 3, metrics: { 'named_metrics.queue': 4 } }),
	row('n2', 'down'),
	row('n3', 'unknown', { answers: 0 }),
]);

test('every line is of Prometheus’ text format, each family stands together, and the numbers are there', (t) => {
	const text = prometheus(seen);
	const families = new Set<string>();
	let family = '';
	for (const line of text.trimEnd().split('\n')) {
		const named = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
		if (named) {
			if (named[1] === 'HELP') {
				t.false(families.has(named[2] as string), `${named[2]} comes twice`);
				families.add(named[2] as string);
				family = named[2] as string;
			}
			t.is(named[2], family);
			continue;
		}
		const reading = /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (-?[\d.e+-]+|\+Inf|NaN)$/.exec(line);
		t.true(reading?.[1]?.startsWith(family), line);
	}
	for (const line of [
		'daruma_watch_up{endpoint="http://n1/?a=\\"b\\""} 1',
		'daruma_watch_up{endpoint="n2"} 0',
		'daruma_watch_state{endpoint="n2",state="down"} 1',
		'daruma_watch_samples_total{endpoint="n2",verdict="failed",reason="refused"} 10',
		'daruma_watch_latency_seconds_count{endpoint="http://n1/?a=\\"b\\""} 10',
		'daruma_watch_latency_seconds_bucket{endpoint="http://n1/?a=\\"b\\"",le="+Inf"} 10',
		'daruma_watch_load_percent{endpoint="http://n1/?a=\\"b\\""} 55',
		'daruma_watch_reported{endpoint="http://n1/?a=\\"b\\"",metric="named_metrics.queue"} 4',
		'daruma_watch_requests_per_second 10',
		'daruma_watch_endpoints{state="unknown"} 1',
	])
		t.true(text.includes(`${line}\n`), line);
	// What is not known is not there.
	t.notRegex(text, /_up\{endpoint="n3"\}/);
});

test('buckets are cumulative', (t) => {
	const counts = [...prometheus(seen).matchAll(/_bucket\{endpoint="http:[^}]*\} (\d+)/g)].map((m) => Number(m[1]));
	t.true(counts.length > 10 && counts.every((n, i) => i === 0 || n >= (counts[i - 1] as number)));
});

test('status tells the same', (t) => {
	const document = status(seen);
	t.like(document, { schema: 'daruma.watch.status/1', states: { up: 1, down: 1, unknown: 1 } });
	t.like(document.endpoints[1], { endpoint: 'n2', state: 'down', failed: 10, p50Ms: null, lastMs: null });
});
