import type { Piece, Stage } from '../stage.js';
import { int64, NARROW, type StageContext, type ToxicType } from './toxic.js';

type LimitDataAttributes = { bytes: number };

/** Counts from when it was added; the count outlives updates. */
class LimitDataStage implements Stage {
	readonly holds = NARROW;
	private readonly attributes: Readonly<LimitDataAttributes>;
	private passed = 0;

	constructor({ attributes }: StageContext<LimitDataAttributes>) {
		this.attributes = attributes;
	}

	shape(piece: Piece, _now: number): void {
		const { length } = piece.bytes;
		if (length === 0) return;
		const left = Math.max(0, this.attributes.bytes - this.passed);
		this.passed += Math.min(left, length);
		if (left > length) return;
		piece.bytes = piece.bytes.subarray(0, left);
		piece.fate = 'close';
	}
}

export const limitData: ToxicType<LimitDataAttributes> = {
	type: 'limit_data',
	goType: 'LimitDataToxic',
	summary: 'closes the connection after so many bytes; 0 at the first data',
	attributes: { bytes: int64('LimitDataToxic.attributes.bytes') },
	objection: () => null,
	stage: (context) => new LimitDataStage(context),
};
