import type { Piece, Stage } from '../stage.js';
import { int64, NARROW, type StageContext, type ToxicType } from './toxic.js';

type SlowCloseAttributes = { delay: number };

/** Bytes pass; the end waits. */
class SlowCloseStage implements Stage {
	readonly holds = NARROW;
	private readonly attributes: Readonly<SlowCloseAttributes>;

	constructor({ attributes }: StageContext<SlowCloseAttributes>) {
		this.attributes = attributes;
	}

	shape(piece: Piece, now: number): void {
		if (piece.fate === 'fin' || piece.fate === 'close') piece.due = Math.max(piece.due, now) + Math.max(0, this.attributes.delay);
	}

	/** As with Toxiproxy, the new delay counts from the change. */
	changed(head: Piece | null, now: number): void {
		if (head) head.due = now + Math.max(0, this.attributes.delay);
	}
}

export const slowClose: ToxicType<SlowCloseAttributes> = {
	type: 'slow_close',
	goType: 'SlowCloseToxic',
	summary: 'keeps the connection from closing for delay ms',
	attributes: { delay: int64('SlowCloseToxic.attributes.delay') },
	objection: () => null,
	stage: (context) => new SlowCloseStage(context),
};
