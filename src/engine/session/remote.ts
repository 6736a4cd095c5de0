import { connectRequests, type RequestClient } from '../../control/request-client.js';
import { eventually } from '../../custody/group.js';
import { DarumaError, EXIT, stageError } from '../../model/errors.js';
import type { FaultHandle, NodeStatus, SessionStatus } from '../../model/session.js';
import { type FoundSession, findSession } from './record.js';
import type { Session } from './session.js';

/** A session in another process, over its socket. */
export interface RemoteSession extends Session {
	/** Lets go of the socket; the session lives on. */
	close(): void;
}

const STATUS_MS = 10_000;

/** The watchdog needs a moment after its daruma has died. */
const WATCHDOG_MS = 8000;

/** Waits for the watchdog of a session whose owner has gone: what is it then? */
export const settled = async (found: FoundSession): Promise<FoundSession> => {
	let now: FoundSession | null = found;
	await eventually(WATCHDOG_MS, () => {
		now = findSession(found.base);
		return now?.state !== 'owing';
	});
	return now ?? { ...found, state: 'over' };
};

/** Why nobody answers there, as the one message; with what is left, or that nothing is. */
export const noSession = (found: FoundSession | null): Error => {
	if (found === null) return stageError('E_NO_CLUSTER', 'no cluster runs here or in a folder above', 'start one: daruma cluster up --detach');
	const { record } = found;
	const died = `the cluster of run ${record.run} runs no more: its supervisor (pid ${record.pid}) ended without saying so`;
	return found.state === 'owing'
		? new DarumaError(
				'E_UNHEALED',
				EXIT.unhealed,
				`${died}, and nobody has closed its journal: something may be left`,
				'run daruma cluster down, or daruma heal',
			)
		: stageError('E_NO_CLUSTER', `${died}; its watchdog has healed and ended everything`, 'forget it: daruma cluster down; what it wrote is in its run folder');
};

/** The session of this folder or of the nearest one above that has any. Throws E_NO_CLUSTER (exit 4), saying what has become of it. */
export const connectSession = async (cwd: string): Promise<RemoteSession> => {
	const found = findSession(cwd);
	if (found === null) throw noSession(null);
	if (found.state !== 'living') throw noSession(await settled(found));
	return remoteSession(await reach(found));
};

export const reach = async (found: FoundSession): Promise<RequestClient> => {
	try {
		return await connectRequests(found.record.socket);
	} catch (error) {
		const now = findSession(found.base);
		if (now?.state !== 'living') throw noSession(now && (await settled(now)));
		throw stageError(
			'E_NO_ANSWER',
			`the supervisor of run ${found.record.run} (pid ${found.record.pid}) lives and does not listen on ${found.record.socket} (${(error as NodeJS.ErrnoException).code})`,
			'end it: daruma cluster down',
		);
	}
};

export const remoteSession = (client: RequestClient): RemoteSession => ({
	status: () => client.ask('status', null, STATUS_MS) as Promise<SessionStatus>,
	inject: (fault) => client.ask('inject', fault) as Promise<FaultHandle[]>,
	heal: (what) => client.ask('heal', { what }) as Promise<FaultHandle[]>,
	untilHealed: (ids) => client.ask('untilHealed', { ids }) as Promise<FaultHandle[]>,
	restart: (node) => client.ask('restart', { node }) as Promise<NodeStatus>,
	async *logs(who, { signal, ...options } = {}) {
		for await (const piece of client.pieces('logs', { who, options }, signal)) yield piece as string;
	},
	stop: async () => {
		await client.ask('stop');
	},
	close: () => client.close(),
});
