import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Cluster } from '../../src/cluster/cluster.js';
import { createCluster } from '../../src/cluster/create.js';
import type { Custody } from '../../src/custody/custody.js';
import { openCustody } from '../../src/custody/open.js';
import type { Endpoint } from '../../src/model/endpoint.js';
import type { Event, NodeEvent } from '../../src/model/event.js';
import type { ClusterSpec } from '../../src/model/plan.js';
import { MonotonicClock, monotonicNs } from '../../src/platform/clock.js';
import { readHistory } from '../../src/platform/history-reader.js';
import { HistoryWriter } from '../../src/platform/history-writer.js';

export interface TestStage {
	cluster: Cluster;
	custody: Custody;
	clock: MonotonicClock;
	folder: string;
	nodeEvents: NodeEvent[];
	fatal: Error[];
	events(): Promise<Event[]>;
	history: string;
}

/** A real cluster under real custody in a folder of its own; the test's end takes everything away again. */
export const stage = async (t: ExecutionContext, spec: Partial<ClusterSpec>, route?: (from: string, to: Endpoint) => string): Promise<TestStage> => {
	const folder = mkdtempSync(join(tmpdir(), 'daruma-cluster-'));
	const run = `test-${process.pid}-${Math.random().toString(36).slice(2)}`;
	const history = join(folder, 'history.ndjson');
	const zeroNs = monotonicNs();
	const clock = new MonotonicClock(zeroNs);
	const writer = new HistoryWriter(history, (error) => t.fail(error.message));
	writer.now({ kind: 'header', t: 0, schema: 'daruma.history/1', run, seed: 1, startedAt: new Date().toISOString() });
	writer.close();
	const custody = await openCustody({ run, folder });
	t.teardown(async () => {
		await custody.close();
		rmSync(folder, { recursive: true, force: true });
	});
	const nodeEvents: NodeEvent[] = [];
	const fatal: Error[] = [];
	const cluster = await createCluster({
		spec: { replicas: 1, replica: { kind: 'http', serviceMs: 5 }, tap: true, ...spec },
		custody,
		clock,
		zeroNs,
		history,
		run,
		logDir: folder,
		scratchDir: folder,
		seed: 1,
		...(route && { route }),
		record: (event) => nodeEvents.push(event),
		onFatal: (error) => fatal.push(error),
	});
	return { cluster, custody, clock, folder, nodeEvents, fatal, history, events: () => readHistory(history) };
};
