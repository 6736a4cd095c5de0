import type { Entry } from '../ledger/entry.js';
import type { Ledger } from '../ledger/join.js';

/** Who told of every request's tries: the client or a proxy's log; null if somebody's were not told. */
export const witnessOf = (ledger: Ledger, entries: readonly Entry[]): 'client' | 'nginx' | 'haproxy' | null => {
	const by = ledger.entries.find((e) => e.attempts.length > 0)?.attempts[0]?.by;
	if (by === undefined) return null;
	// The built-in client tells of every try it makes, so a failure of its without one was given up before the first.
	const covered = entries.every((e) => e.attempts.some((a) => a.by === by) || (by === 'client' && e.state === 'failed'));
	return covered ? by : null;
};
