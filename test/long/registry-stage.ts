import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Event, StateEvent } from '../../src/model/event.js';
import type { ExperimentResult, RunResult } from '../../src/model/run.js';
import { readHistory } from '../../src/platform/history-reader.js';
import type { Server } from '../../src/systems/server.js';
import { daruma, ROOT, scratch } from '../e2e/daruma.js';

/** A real server to the test's end. Absent: the reason is printed, and CI fails where it has promised the server. */
export const real = async (t: ExecutionContext, name: string, start: () => Promise<Server>): Promise<Server | null> => {
	try {
		const server = await start();
		t.teardown(() => server.stop());
		return server;
	} catch (error) {
		const { code, message, hint } = error as { code?: string; message: string; hint?: string };
		if (code !== 'E_NOT_FOUND') throw error;
		// Debian has no Consul, so CI promises none.
		if (process.env.DARUMA_REQUIRE_REAL === '1' && name !== 'consul') t.fail(`${name} is required here (DARUMA_REQUIRE_REAL=1): ${message}`);
		else {
			t.log(`skipped: ${message}; ${hint}`);
			t.pass();
		}
		return null;
	}
};

export interface Shown {
	code: number | null;
	experiments: ExperimentResult[];
	/** `n2 down`, `n2 up` … as the registry gave them, from the first fault of each experiment on. */
	seen: string[][];
	events: Event[];
}

/** Runs the example of this name as its README says, against this server. */
export const runExample = async (t: ExecutionContext, name: string, port: number, usualPort: number): Promise<Shown> => {
	const dir = scratch(t);
	cpSync(join(ROOT, 'examples', name), dir, { recursive: true });
	const file = join(dir, 'daruma.yaml');
	writeFileSync(file, readFileSync(file, 'utf8').replaceAll(`:${usualPort}`, `:${port}`));
	return runFile(t, dir, name);
};

export const runFile = async (t: ExecutionContext, dir: string, by: string): Promise<Shown> => {
	const ran = await daruma(['verify', '--json', '--seed', '7'], { cwd: dir });
	t.not(ran.stdout, '', ran.stderr);
	const run = JSON.parse(ran.stdout) as RunResult;
	if (!run.experiments) throw new Error(ran.stdout);
	const events = await readHistory(join(dir, '.daruma/runs', run.run, 'history.ndjson'));
	const seen = run.experiments.map((_, index) => {
		const of = (phase: string): number => events.find((e) => e.kind === 'phase' && e.experiment === index && e.phase === phase)?.t ?? 0;
		const mine = events.filter((e): e is StateEvent => e.kind === 'state' && e.by === by && e.t >= of('fault') && e.t <= of('end'));
		return mine.map((e) => `${e.endpoint} ${e.state}`);
	});
	for (const { name, metrics, checks } of run.experiments) {
		t.log(`${name}: ${JSON.stringify(metrics.timeToDeregisterMs)}`);
		for (const check of checks) t.log(`  ${check.verdict} ${check.name} ${check.bound}: ${check.why}`);
	}
	return { code: ran.code, experiments: run.experiments, seen, events };
};
