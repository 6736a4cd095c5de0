import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { RunResult } from '../../src/model/run.js';
import { daruma, scratch } from './daruma.js';

/** One short run: a node is killed and comes back; what is asserted does not depend on the speed of the day. */
const run = async (t: { teardown(fn: () => void): void }, plan: object): Promise<RunResult> => {
	const cwd = scratch(t);
	const experiments = [
		{ name: 'short', fault: { kind: 'kill', target: 'n2', for: '700ms' }, baseline: '500ms', after: '700ms', expect: { availability: '>= 1%' } },
	];
	writeFileSync(join(cwd, 'daruma.yaml'), JSON.stringify({ version: 1, seed: 7, ...plan, experiments }));
	const ran = await daruma(['verify', '--json'], { cwd });
	if (![0, 1, 3].includes(ran.code as number)) throw new Error(`${ran.code}: ${ran.stdout}\n${ran.stderr}`);
	return JSON.parse(ran.stdout) as RunResult;
};

test.serial('grpc-js over the built-in gRPC replicas: the fault is seen and healed, calls are answered, the subject has its version', async (t) => {
	const { subject, experiments } = await run(t, { subject: { grpcJs: { retry: {} } }, traffic: { rate: '40/s', timeout: '4s' } });
	t.is(subject.kind, 'grpcJs');
	t.regex(String((subject as Record<string, unknown>).version), /^1\.\d+\.\d+/);
	const [event] = experiments[0]!.events;
	t.truthy(event?.effectiveMs);
	t.truthy(event?.healedMs);
	const { availability, requests } = experiments[0]!.metrics;
	t.true(requests!.value! > 10);
	t.true(availability!.value! > 0.5, `${availability!.value}`);
	t.true(
		experiments[0]!.notes.some((note) => note.includes('grpc-js is no witness')),
		experiments[0]!.notes.join(),
	);
});

test.serial('undici over the built-in HTTP replicas', async (t) => {
	const { subject, experiments } = await run(t, { subject: { undici: { retry: {} } }, traffic: { rate: '40/s', timeout: '4s' } });
	t.is(subject.kind, 'undici');
	const { availability, doubleExecuted } = experiments[0]!.metrics;
	t.true(availability!.value! > 0.5, `${availability!.value}`);
	t.true(doubleExecuted!.value !== null);
});
