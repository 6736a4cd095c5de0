import type { Rng } from '../../model/rng.js';
import type { Piece, Stage } from '../stage.js';
import { CHUNK, float, NARROW, type StageContext, shareObjection, type ToxicType } from './toxic.js';

type CorruptAttributes = { rate: number };

/** Flips one bit in a share of the chunks, as netem does. */
class CorruptStage implements Stage {
	readonly holds = NARROW;
	private readonly attributes: Readonly<CorruptAttributes>;
	private readonly chance: Rng;

	constructor({ attributes, chance }: StageContext<CorruptAttributes>) {
		this.attributes = attributes;
		this.chance = chance;
	}

	shape(piece: Piece, _now: number): void {
		if (piece.bytes.length === 0) return;
		if (piece.bytes.length > CHUNK) piece.bytes = piece.bytes.subarray(0, CHUNK);
		if (this.chance.next() >= this.attributes.rate) return;
		const bit = Math.floor(this.chance.next() * piece.bytes.length * 8);
		piece.bytes[bit >> 3] = (piece.bytes[bit >> 3] as number) ^ (1 << (bit & 7));
	}
}

export const corrupt: ToxicType<CorruptAttributes> = {
	type: 'corrupt',
	goType: 'CorruptToxic',
	summary: 'flips one bit in a share (rate) of the chunks',
	attributes: { rate: float('CorruptToxic.attributes.rate') },
	objection: (attributes) => shareObjection(attributes, 'rate'),
	stage: (context) => new CorruptStage(context),
};
