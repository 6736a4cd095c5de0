import { rmSync } from 'node:fs';
import { DarumaError, EXIT } from '../../model/errors.js';
import { type Lock, lockFolder } from '../../platform/lock.js';
import type { RunFolder } from '../../platform/run-folder.js';
import type { LocalSession, SessionOptions } from './local.js';
import { openSession } from './local.js';
import { type Published, publish } from './publish.js';
import { findSession } from './record.js';

export interface Supervised extends Omit<SessionOptions, 'detached' | 'signal'> {
	/** Where `.daruma/` lives. */
	base: string;
	detached: boolean;
	signal: AbortSignal;
	onReady(session: LocalSession, published: Published): void | Promise<void>;
}

/**
 * Holds a folder's cluster from its first process to its last: takes the lock, lets other processes reach it, and
 * resolves when it has been ended: by `stop`, by its lease, or by `signal` (then it throws the interruption, healed).
 */
export const supervise = async (options: Supervised): Promise<void> => {
	const { base, folder, onReady } = options;
	const lock = takeLock(base, folder);
	try {
		const session = await openSession(options);
		let published: Published | null = null;
		try {
			published = await session.curtain.race(publish(session, base, options.detached));
			await onReady(session, published);
			await Promise.race([session.ended, session.curtain.fallen]);
		} finally {
			try {
				await session.stop();
			} finally {
				await published?.close();
			}
		}
		const { reason } = session;
		if (reason && reason.code !== 'E_SESSION_ENDED' && reason.exit !== EXIT.ok) throw reason;
	} finally {
		lock.release();
	}
};

/** Who may not begin leaves no folder: it would look like a cluster's. */
const takeLock = (base: string, folder: RunFolder): Lock => {
	try {
		return lockFolder(base, folder.id);
	} catch (error) {
		rmSync(folder.path, { recursive: true, force: true });
		const found = findSession(base);
		if (!(error instanceof DarumaError) || error.code !== 'E_LOCKED' || found?.base !== base || found.state !== 'living') throw error;
		throw new DarumaError(
			'E_LOCKED',
			EXIT.stage,
			`a cluster runs in this folder already: run ${found.record.run} (pid ${found.record.pid})`,
			'look at it: daruma cluster status; end it: daruma cluster down; or work in another folder',
		);
	}
};
