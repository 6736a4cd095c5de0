import type { Rng } from '../model/rng.js';
import type { Piece, Stage } from './stage.js';

/** Loses a share of the chunks; never a FIN or a reset. The draw is keyed by the ordinal of the chunk in its direction. */
export class LossStage implements Stage {
	private readonly share: number;
	private readonly chance: Rng;

	constructor(share: number, chance: Rng) {
		this.share = share;
		this.chance = chance;
	}

	shape(piece: Piece, _now: number): void {
		if (piece.fate === 'pass' && this.chance.fork(`chunk:${piece.ordinal}`).next() < this.share) piece.fate = 'drop';
	}
}
