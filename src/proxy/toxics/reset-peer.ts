import type { Piece, Stage } from '../stage.js';
import { boolean, int64, NARROW, type StageContext, type ToxicType } from './toxic.js';

type ResetPeerAttributes = { timeout: number; live: boolean; idle: boolean };

/** Waits for the first bytes or the end, then `timeout` ms; then RST, or FIN on a connection that was open before it, as Toxiproxy does. */
class ResetPeerStage implements Stage {
	readonly holds = NARROW;
	private readonly attributes: Readonly<ResetPeerAttributes>;
	private readonly fresh: boolean;
	private readonly since: number;

	constructor({ attributes, now, fresh, linger }: StageContext<ResetPeerAttributes>) {
		this.attributes = attributes;
		this.since = now;
		this.fresh = fresh;
		if (fresh) linger();
	}

	shape(piece: Piece, now: number): void {
		if (piece.fate === 'drop') return;
		const { timeout, live } = this.attributes;
		const asked = piece.bytes.length > 0 || piece.fate !== 'pass';
		if (!asked && this.idleUntil() > now) return;
		if (asked) piece.due = Math.max(piece.due, now) + Math.max(0, timeout);
		piece.bytes = piece.bytes.subarray(0, 0);
		piece.fate = this.fresh || live ? 'rst' : 'close';
	}

	idleUntil(): number {
		const { timeout, idle } = this.attributes;
		return idle ? this.since + Math.max(0, timeout) : Number.POSITIVE_INFINITY;
	}

	/** What has been decided keeps its time. */
	changed(): void {}
}

export const resetPeer: ToxicType<ResetPeerAttributes> = {
	type: 'reset_peer',
	goType: 'ResetToxic',
	summary: 'resets the connection timeout ms after its first data',
	attributes: {
		timeout: int64('ResetToxic.attributes.timeout'),
		live: boolean('ResetToxic.attributes.live', { additional: true }),
		idle: boolean('ResetToxic.attributes.idle', { additional: true }),
	},
	objection: () => null,
	stage: (context) => new ResetPeerStage(context),
};
