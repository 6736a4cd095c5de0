import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base-command.js';
import type { MeshResult } from '../checks/mesh/result.js';
import { parseDuration } from '../model/duration.js';
import { EXIT, usageError } from '../model/errors.js';

const duration = (flag: string, typed: string): number => {
	const ms = parseDuration(typed);
	if (ms === undefined || ms <= 0) throw usageError('E_FLAG', `--${flag}: expected a time such as 250ms or 2s, found ${JSON.stringify(typed)}`);
	return ms;
};

export default class Mesh extends BaseCommand {
	static override summary = 'who sees whom: collect the views of several vantage points, name asymmetric ones and partitions';
	static override description =
		'A vantage point publishes how it sees its peers, as {vantage, views: [{endpoint, state, sinceMs, latencyMs}]}: built-in replicas with mesh: true at /.daruma/views (the path that is asked where a URL has none), a second daruma with watch --listen at /status. NAME=URL says beside which endpoint a vantage point stands. A quorum of those that see an endpoint decides on it. Exit codes: 0 everybody sees everybody up, 1 something is down, asymmetric or parted, 2 usage, 3 it cannot be said (a vantage point does not answer), 130/143 interrupted.';
	static override examples = [
		'<%= config.bin %> mesh http://127.0.0.1:4001 http://127.0.0.1:4002 http://127.0.0.1:4003',
		'<%= config.bin %> mesh n1=http://10.0.0.1:9464/status n2=http://10.0.0.2:9464/status --json',
		'<%= config.bin %> mesh http://127.0.0.1:4001 http://127.0.0.1:4002 --count 2 --interval 5s',
	];
	static override strict = false;
	static override args = { vantage: Args.string({ description: 'vantage points, as URLs or NAME=URL', required: true }) };
	static override flags = {
		count: Flags.integer({ char: 'c', description: 'look so often; the last look is judged, and costs are counted from the first to the last', default: 1 }),
		interval: Flags.string({ char: 'i', description: 'between two looks', default: '1s', helpValue: '1s' }),
		timeout: Flags.string({ char: 't', description: 'for one whole answer', default: '2s', helpValue: '2s' }),
		stale: Flags.string({ description: 'a view that was not renewed for so long says nothing', default: '10s', helpValue: '10s' }),
		insecure: Flags.boolean({ char: 'k', description: 'take any certificate' }),
	};

	async run(): Promise<MeshResult> {
		const { argv, flags } = await this.parse(Mesh);
		if (flags.count < 1) throw usageError('E_FLAG', `--count: expected a whole number from 1 on, found ${flags.count}`);
		const [{ parseVantage, runMesh }, { MonotonicClock, monotonicNs }] = await Promise.all([import('../engine/mesh.js'), import('../platform/clock.js')]);
		const points = (argv as string[]).map(parseVantage);
		const abort = new AbortController();
		const unhear = this.onInterrupt((signal) => abort.abort(signal));
		const result = await runMesh(points, {
			count: flags.count,
			intervalMs: duration('interval', flags.interval),
			timeoutMs: duration('timeout', flags.timeout),
			staleMs: duration('stale', flags.stale),
			probe: flags.insecure ? { tls: { insecure: true } } : {},
			clock: new MonotonicClock(monotonicNs()),
			signal: abort.signal,
		});
		unhear();
		if (!this.jsonEnabled()) {
			const { meshTable } = await import('../report/mesh/table.js');
			process.stdout.write(meshTable(result, { style: await this.style() }));
		}
		if (abort.signal.aborted) return this.finish(result, abort.signal.reason === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted);
		return this.finish(result, result.verdict === 'pass' ? EXIT.ok : result.verdict === 'fail' ? EXIT.failed : EXIT.inconclusive);
	}
}
