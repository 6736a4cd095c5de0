import type { Cohort, Opinion, Word } from './detector.js';
import { cohortKind } from './kind.js';
import { count, ms } from './settings.js';
import { Standstill } from './standstill.js';

interface View {
	down: boolean;
	at: number;
}

/**
 * Several vantage points look at one endpoint: it is down when a quorum says so. With 2f + 1 of them, f may lie, or be
 * cut off themselves. A vantage point whose view differs from the decision is named: that is how a partition looks.
 */
class Quorum implements Cohort {
	private readonly quorum: number;
	private readonly staleMs: number;
	private readonly views = new Map<string, View>();
	private readonly standstill = new Standstill();

	constructor(quorum: number, staleMs: number) {
		this.quorum = quorum;
		this.staleMs = staleMs;
	}

	heard(vantage: string, word: Word): void {
		if (this.standstill.excuses(word)) return;
		this.views.set(vantage, { down: word.verdict === 'failed', at: word.endMs });
	}

	/** Of one vantage point's view: `warning` where it stands against the decision. */
	state(vantage: string, now: number): Opinion {
		const view = this.views.get(vantage);
		if (!view) return { state: 'unknown', why: 'not yet heard' };
		if (now >= view.at + this.staleMs) return { state: 'unknown', why: `not heard for ${this.staleMs} ms` };
		const { state } = this.whole(now);
		const sees = view.down ? 'sees it down' : 'sees it up';
		const differs = view.down ? state === 'up' || state === 'suspect' : state === 'down';
		return differs ? { state: 'warning', why: `${sees}, the quorum does not` } : { state: 'up', why: sees };
	}

	whole(now: number): Opinion {
		const fresh = [...this.views.entries()].filter(([, { at }]) => now < at + this.staleMs);
		const down = fresh.filter(([, view]) => view.down).map(([name]) => name);
		const quorum = this.quorum > 0 ? this.quorum : Math.floor(this.views.size / 2) + 1;
		const why = `${down.length} of ${fresh.length} see it down`;
		if (fresh.length < quorum) return { state: 'unknown', why: `${fresh.length} of ${quorum} needed views` };
		const score = down.length / fresh.length;
		if (down.length >= quorum) return { state: 'down', why, score };
		return down.length > 0 ? { state: 'suspect', why: `${why}: ${down.join(', ')}`, score } : { state: 'up', why: `${fresh.length} see it up`, score };
	}

	next(now: number): number {
		let soonest = Number.POSITIVE_INFINITY;
		for (const { at } of this.views.values()) if (at + this.staleMs > now) soonest = Math.min(soonest, at + this.staleMs);
		return soonest;
	}

	paused(now: number, forMs: number): void {
		this.standstill.ended(now);
		for (const view of this.views.values()) view.at = Math.min(now, view.at + forMs);
	}
}

export const quorum = cohortKind({
	kind: 'quorum',
	summary: 'several vantage points look at one endpoint; a quorum decides, and who differs is named',
	fields: {
		quorum: count(0, 'so many must see it down; 0: more than half of all that were ever heard', 0, 1000),
		staleMs: ms(10_000, 'a view older than this does not count'),
	},
	make: (values) => new Quorum(values.quorum, values.staleMs),
});
