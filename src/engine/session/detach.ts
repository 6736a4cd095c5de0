import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { StagePlan } from '../../config/stage.js';
import { fromCrossed } from '../../control/request-lines.js';
import { startDetached } from '../../custody/detached.js';
import { DarumaError, EXIT } from '../../model/errors.js';
import type { SessionStatus } from '../../model/session.js';
import { createRun } from '../../platform/run-folder.js';
import type { SupervisorArgs, SupervisorSaid } from './supervisor-main.js';

const MAIN = fileURLToPath(new URL('./supervisor-main.js', import.meta.url));

/** A cluster that lives on when we have gone, under its supervisor and a lease. Resolves when all of it is ready. */
export const upDetached = async (plan: StagePlan, base: string, leaseMs: number, signal: AbortSignal): Promise<SessionStatus> => {
	const folder = createRun(base);
	const supervisor = startDetached(MAIN, { plan, base, folder: folder.path, leaseMs } satisfies SupervisorArgs, folder.log('supervisor'));
	const { child } = supervisor;
	const exited = once(child, 'exit');
	// It heals and ends what it has begun, and then itself.
	const leave = (): void => void (child.connected && child.disconnect());
	if (signal.aborted) leave();
	signal.addEventListener('abort', leave, { once: true });
	try {
		const said = (await supervisor.first) as SupervisorSaid;
		if (said.kind === 'ready' && !signal.aborted) {
			supervisor.release();
			return said.status;
		}
		if (said.kind === 'ready') child.kill('SIGTERM');
		await exited;
		if (said.kind === 'ready') throw interrupted(signal);
		throw fromCrossed(said.error);
	} catch (error) {
		if (!signal.aborted) throw error;
		await exited;
		throw interrupted(signal);
	} finally {
		signal.removeEventListener('abort', leave);
	}
};

const interrupted = ({ reason }: AbortSignal): DarumaError =>
	reason === 'SIGTERM'
		? new DarumaError('E_TERMINATED', EXIT.terminated, 'terminated by SIGTERM; everything was healed')
		: new DarumaError('E_INTERRUPTED', EXIT.interrupted, 'interrupted by Ctrl-C; everything was healed');
