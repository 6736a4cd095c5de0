import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import test from 'ava';
import { METRICS } from '../../src/model/metrics.js';
import type { RunResult } from '../../src/model/run.js';
import { daruma, ROOT, scratch } from './daruma.js';
import { Marked } from './leftovers.js';

interface Line {
	kind: string;
	t: number;
	id: string;
	node: string;
	[key: string]: unknown;
}

/** Read without any of daruma's own code: blank lines separate batches, the rest is one event a line. */
const readLines = (file: string): Line[] =>
	readFileSync(file, 'utf8')
		.split('\n')
		.filter((line) => line !== '')
		.map((line) => JSON.parse(line));

const countById = (lines: Line[], kind: string): Map<string, number> => {
	const counts = new Map<string, number>();
	for (const line of lines) if (line.kind === kind) counts.set(line.id, (counts.get(line.id) ?? 0) + 1);
	return counts;
};

test.serial('the demo holds, tells a crash, a failover and a recovery, and counts what the replicas themselves counted', async (t) => {
	const mark = new Marked();
	const cwd = scratch(t);
	const ran = await daruma(['demo', '--json'], { cwd, env: mark.env });
	t.log(`took ${(ran.ms / 1000).toFixed(1)} s`);
	t.is(ran.code, 0, ran.stdout + ran.stderr);
	t.deepEqual((await mark.gone(1000)).left, []);

	const result = JSON.parse(ran.stdout) as RunResult;
	const fits = new Ajv({ strict: true, allowUnionTypes: true }).compile(JSON.parse(readFileSync(join(ROOT, 'schemas/run.schema.json'), 'utf8')));
	t.true(fits(result), JSON.stringify(fits.errors));
	t.is(result.verdict, 'pass');
	t.true(result.demo);
	const { events, metrics, checks } = result.experiments[0]!;
	t.deepEqual(
		Object.keys(metrics),
		METRICS.map((metric) => metric.name),
	);
	t.is(events[0]?.kind, 'crash');
	t.true(checks.some((check) => check.name === 'timeToFailover' && check.verdict === 'pass'));
	t.not(metrics.failbackMs?.value, null, 'the healed node got traffic again');
	for (const step of ['intended', 'effective', 'healing', 'healed']) t.regex(ran.stderr, new RegExp(`n2: crash ${step}`));

	const lines = readLines(join(cwd, '.daruma/runs', result.run, 'history.ndjson'));
	const step = (name: string): number => lines.find((line) => line.kind === 'fault' && line.step === name)!.t;
	const [startMs, effectiveMs, healedMs] = [lines.find((line) => line.phase === 'start')!.t, step('effective'), step('healed')];
	t.true(healedMs > effectiveMs + 2400, 'down for as long as it was meant to be, then healed');
	t.true(Math.abs(events[0]!.healedMs! - (healedMs - startMs)) < 0.01, 'events are told since the start of their experiment');
	const received = countById(lines, 'received');
	const executed = countById(lines, 'executed');
	const receipts = countById(lines, 'receipt');
	const requests = lines.filter((line) => line.kind === 'request');
	const met = requests.filter((r) => (r.sentMs as number) <= healedMs && (r.endMs as number) >= effectiveMs);
	const how = (map: Map<string, number>, r: Line): number => map.get(r.id) ?? 0;
	const count = (holds: (r: Line) => boolean): number => met.filter(holds).length;

	t.is(metrics.requests?.value, met.length);
	t.is(metrics.availability?.value, count((r) => r.outcome === 'ok') / met.length);
	t.is(
		metrics.replayed?.value,
		count((r) => Math.max(how(received, r), how(receipts, r)) > 1),
		'received more than once',
	);
	t.is(
		metrics.doubleExecuted?.value,
		count((r) => how(executed, r) > 1),
	);
	t.is(
		metrics.nonIdempotentDoubleExecuted?.value,
		count((r) => r.method === 'POST' && how(executed, r) > 1),
	);
	t.is(
		metrics.ghost?.value,
		count((r) => r.outcome === 'failed' && how(executed, r) > 0),
	);
	t.is(
		metrics.lost?.value,
		count((r) => r.outcome === 'ok' && how(executed, r) === 0),
	);
	t.is(
		metrics.ambiguous?.value,
		count((r) => r.outcome === 'failed' && how(receipts, r) > 0 && how(executed, r) === 0),
	);
	t.true(
		met.every((r) => how(received, r) <= how(receipts, r)),
		'no replica received what its tap did not see',
	);
	t.true(
		requests.every((r) => r.outcome !== 'ok' || how(executed, r) >= 1),
		'whatever was answered had been executed',
	);
	const crashed = lines.find((line) => line.kind === 'node' && line.node === 'n2' && line.step === 'exited');
	t.is(crashed?.detail, 'SIGKILL');
});
