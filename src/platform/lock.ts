import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stageError } from '../model/errors.js';
import { bootId, type Identity, isAlive, ownIdentity } from './process-identity.js';
import { darumaFolder } from './run-folder.js';

interface Claim extends Identity {
	run: string;
	boot: string;
	/** Tells this claim from every other, so that a take-over names what it replaces. */
	nonce: string;
}

export interface Lock {
	/** Idempotent. */
	release(): void;
}

const read = (path: string): Claim | undefined => {
	try {
		return JSON.parse(readFileSync(path, 'utf8')) as Claim;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
		if (error instanceof SyntaxError) return { pid: 0, startTime: '', run: 'unknown', boot: '', nonce: 'unreadable' };
		throw error;
	}
};

const held = (claim: Claim): boolean => claim.pid > 0 && claim.boot === bootId() && isAlive(claim);

/** Only complete claims ever appear under `path`: written aside, then linked, which fails if somebody was first. */
const put = (path: string, claim: Claim, replace: boolean): boolean => {
	const aside = `${path}.${claim.pid}.${randomBytes(4).toString('hex')}`;
	writeFileSync(aside, `${JSON.stringify(claim)}\n`, { flag: 'wx' });
	try {
		if (replace) renameSync(aside, path);
		else linkSync(aside, path);
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
		throw error;
	} finally {
		if (!replace) unlinkSync(aside);
	}
};

/**
 * A stale claim is replaced only by whoever holds the lock named after it, and only if it still stands once that is
 * held. That second lock is taken the same way, so one who dies in the middle is himself taken over.
 */
const acquire = (path: string, claim: Claim): void => {
	for (;;) {
		const found = read(path);
		if (!found) {
			if (put(path, claim, false)) return;
			continue;
		}
		if (held(found)) throw locked(found);
		const succession = `${path}.after-${found.nonce}`;
		acquire(succession, claim);
		try {
			if (read(path)?.nonce !== found.nonce) continue;
			put(path, claim, true);
			return;
		} finally {
			unlinkSync(succession);
		}
	}
};

const locked = (by: Claim): Error =>
	stageError(
		'E_LOCKED',
		`this folder is in use by run ${by.run} (pid ${by.pid})`,
		'wait for it to end, or work in another folder; one folder holds one run at a time',
	);

/** One run per folder: `.daruma/lock` in `base`. Throws E_LOCKED (exit 4), naming the holder; a holder that is gone is replaced. */
export const lockFolder = (base: string, run: string): Lock => {
	const path = join(darumaFolder(base), 'lock');
	const claim: Claim = { ...ownIdentity(), run, boot: bootId(), nonce: randomBytes(8).toString('hex') };
	acquire(path, claim);
	return {
		release: () => {
			if (read(path)?.nonce === claim.nonce) unlinkSync(path);
		},
	};
};
