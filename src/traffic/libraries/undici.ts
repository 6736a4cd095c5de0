import type { Dispatcher } from 'undici';
import type { Cancel } from '../../model/clock.js';
import { type Endpoint, hostPort } from '../../model/endpoint.js';
import type { TrafficSpec, UndiciRetry, UndiciSpec } from '../../model/plan.js';
import { findLibrary, loadLibrary } from '../../systems/library.js';
import type { CallResult, ClientCall, Driver } from '../client-driver.js';
import { reasonOf } from '../reason.js';

type Undici = typeof import('undici');

/**
 * undici over all nodes, as a program would use it. Its abort signal is passed on when the user gives up, and is not
 * relied on: it is not honoured while a request connects, is queued, or waits for its next try, so the generator's own
 * timer ends the call for the user.
 */
class UndiciDriver implements Driver {
	private readonly dispatcher: Dispatcher;
	private readonly origins: readonly string[];
	/** Hand out origins in turn; otherwise the dispatcher chooses. */
	private readonly inTurn: boolean;
	private readonly fresh: boolean;
	private turn = 0;

	constructor(dispatcher: Dispatcher, origins: readonly string[], inTurn: boolean, fresh: boolean) {
		this.dispatcher = dispatcher;
		this.origins = origins;
		this.inTurn = inTurn;
		this.fresh = fresh;
	}

	call({ request }: ClientCall, done: (result: CallResult) => void): Cancel {
		const abort = new AbortController();
		let wanted = true;
		const end = (result: CallResult): void => {
			setImmediate(() => wanted && done(result));
		};
		const { path, method, headers, body } = request;
		const origin = this.origins[this.inTurn ? this.turn++ % this.origins.length : 0] as string;
		const options = { origin, path, method: method as Dispatcher.HttpMethod, headers, body, signal: abort.signal, reset: this.fresh };
		const asked = this.dispatcher.request(options).then(async (response) => {
			await response.body.dump();
			return response.statusCode;
		});
		asked.then(
			(status) => end({ kind: 'answered', status }),
			(error: unknown) => end(failure(error)),
		);
		return () => {
			wanted = false;
			abort.abort();
		};
	}
}

/** RetryAgent turns a status that it gave up on into an error; its user still got that answer. Whether bytes left is not told. */
const failure = (error: unknown): CallResult => {
	const { code, statusCode } = error as { code?: string; statusCode?: number };
	if (code === 'UND_ERR_REQ_RETRY' && typeof statusCode === 'number') return { kind: 'answered', status: statusCode };
	return { kind: 'failed', error: reasonOf(error), unsent: false };
};

const retryOptions = ({ attempts, baseMs, maxMs, multiplier, methods, statuses }: UndiciRetry) => ({
	maxRetries: attempts - 1,
	minTimeout: baseMs,
	maxTimeout: maxMs,
	timeoutFactor: multiplier,
	methods: methods as Dispatcher.HttpMethod[],
	statusCodes: statuses,
});

/** The library is the project's, if that has it; all of its timeouts are its own. */
export const openUndici = async (spec: UndiciSpec, nodes: readonly Endpoint[], traffic: Pick<TrafficSpec, 'connections'>): Promise<Driver> => {
	const undici = loadLibrary<Undici>(findLibrary('undici', spec.from));
	const origins = nodes.map((node) => `http://${hostPort(node)}`);
	const pool = spec.pool === 'balanced' ? new undici.BalancedPool(origins) : new undici.Agent();
	const dispatcher = spec.retry ? new undici.RetryAgent(pool, retryOptions(spec.retry)) : pool;
	return new UndiciDriver(dispatcher, origins, spec.pool === 'round-robin', traffic.connections === 'fresh');
};
