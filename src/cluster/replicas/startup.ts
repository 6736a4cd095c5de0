import { parseArgs } from 'node:util';
import { EXIT, type ExitCode } from '../../model/errors.js';
import type { Correlation } from '../../model/plan.js';
import { MonotonicClock } from '../../platform/clock.js';
import { HistoryWriter } from '../../platform/history-writer.js';
import { type Identity, identity } from '../../wire/request-id.js';

/** What a built-in replica is told by its command line; `mesh` only where it knows what that is. */
export interface ReplicaOptions {
	port: number;
	serviceMs: number;
	node: string;
	mesh: string | undefined;
	/** How a request's id is found, and whether it may stand in the body. */
	ids: Identity;
	bodies: boolean;
}

/** A replica's own ledger: the truth that clients cannot see. Each line is on disk when `record` returns. */
export type Ledger = (kind: 'received' | 'executed', id: string | null, method: string) => void;

/** A message and the end, in the words of the replica's protocol. */
export const failer =
	(protocol: string) =>
	(code: ExitCode, message: string): never => {
		process.stderr.write(`daruma ${protocol} replica: ${message}\n`);
		process.exit(code);
	};
export type Fail = ReturnType<typeof failer>;

export const readOptions = (fail: Fail, withMesh: boolean): ReplicaOptions => {
	const read = () => {
		try {
			const { values } = parseArgs({
				options: {
					port: { type: 'string' },
					'service-ms': { type: 'string', default: '50' },
					node: { type: 'string', default: 'n1' },
					correlate: { type: 'string' },
					...(withMesh && { mesh: { type: 'string' } }),
				},
			});
			return values as { port?: string; 'service-ms': string; node: string; mesh?: string; correlate?: string };
		} catch (error) {
			return fail(EXIT.usage, (error as Error).message.split('\n')[0] as string);
		}
	};
	const values = read();
	const port = Number(values.port);
	const serviceMs = Number(values['service-ms']);
	if (!Number.isInteger(port) || port < 1 || port > 65_535) fail(EXIT.usage, `--port must be 1 to 65535, not ${values.port}`);
	if (!(serviceMs >= 0)) fail(EXIT.usage, `--service-ms must be a number of ms, not ${values['service-ms']}`);
	const correlate = values.correlate === undefined ? undefined : (JSON.parse(values.correlate) as Correlation);
	return { port, serviceMs, node: values.node, mesh: values.mesh, ids: identity(correlate), bodies: correlate?.kind === 'body' };
};

/** Writes nothing where there is no run; daruma's own readiness checks and probes are no requests of it. */
export const openLedger = (fail: Fail, node: string): Ledger => {
	const file = process.env.DARUMA_HISTORY;
	if (file === undefined) return () => {};
	const zero = process.env.DARUMA_ZERO ?? '';
	if (!/^\d+$/.test(zero)) return fail(EXIT.usage, `DARUMA_ZERO must be the run's zero in ns when DARUMA_HISTORY is set, not '${zero}'`);
	const clock = new MonotonicClock(zero);
	try {
		const history = new HistoryWriter(file, (error) => fail(EXIT.stage, error.message));
		return (kind, id, method) => {
			if (!id?.startsWith('probe-')) history.now({ kind, t: clock.now(), id, node, method });
		};
	} catch (error) {
		return fail(EXIT.stage, `the history could not be opened: ${(error as Error).message}`);
	}
};
