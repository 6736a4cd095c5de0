import type { Rng } from '../../model/rng.js';
import type { Piece, Stage } from '../stage.js';
import { CHUNK, float, NARROW, type StageContext, shareObjection, type ToxicType } from './toxic.js';

type DuplicateAttributes = { rate: number };

/** Sends a share of the chunks twice. */
class DuplicateStage implements Stage {
	readonly holds = NARROW;
	private readonly attributes: Readonly<DuplicateAttributes>;
	private readonly chance: Rng;

	constructor({ attributes, chance }: StageContext<DuplicateAttributes>) {
		this.attributes = attributes;
		this.chance = chance;
	}

	shape(piece: Piece, _now: number): void {
		const { bytes } = piece;
		const out: Uint8Array[] = [];
		let repeats = false;
		for (let from = 0; from < bytes.length; from += CHUNK) {
			const chunk = bytes.subarray(from, from + CHUNK);
			out.push(chunk);
			if (this.chance.next() >= this.attributes.rate) continue;
			out.push(chunk);
			repeats = true;
		}
		if (repeats) piece.bytes = Buffer.concat(out);
	}
}

export const duplicate: ToxicType<DuplicateAttributes> = {
	type: 'duplicate',
	goType: 'DuplicateToxic',
	summary: 'sends a share (rate) of the chunks twice',
	attributes: { rate: float('DuplicateToxic.attributes.rate') },
	objection: (attributes) => shareObjection(attributes, 'rate'),
	stage: (context) => new DuplicateStage(context),
};
