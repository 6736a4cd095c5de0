import type { Piece, Stage } from '../stage.js';
import { int64, NARROW, type StageContext, type ToxicType } from './toxic.js';

type TimeoutAttributes = { timeout: number };

/** Loses all bytes, and closes after `timeout` ms without any. */
class TimeoutStage implements Stage {
	readonly holds = NARROW;
	readonly closesWhenRemoved = true;
	private readonly attributes: Readonly<TimeoutAttributes>;
	private heard: number;

	constructor({ attributes, now }: StageContext<TimeoutAttributes>) {
		this.attributes = attributes;
		this.heard = now;
	}

	shape(piece: Piece, now: number): void {
		if (piece.fate !== 'pass') return;
		if (piece.bytes.length > 0) {
			this.heard = now;
			piece.fate = 'drop';
		} else if (this.idleUntil() <= now) piece.fate = 'close';
	}

	idleUntil(): number {
		const { timeout } = this.attributes;
		return timeout > 0 ? this.heard + timeout : Number.POSITIVE_INFINITY;
	}

	changed(_head: Piece | null, now: number): void {
		this.heard = now;
	}
}

export const timeout: ToxicType<TimeoutAttributes> = {
	type: 'timeout',
	goType: 'TimeoutToxic',
	summary: 'stops all data, and closes the connection after timeout ms without any; 0 never closes it',
	attributes: { timeout: int64('TimeoutToxic.attributes.timeout') },
	objection: () => null,
	stage: (context) => new TimeoutStage(context),
};
