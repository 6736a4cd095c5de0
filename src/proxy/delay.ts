import type { Rng } from '../model/rng.js';
import type { Piece, Stage } from './stage.js';

/**
 * Every message comes `latencyMs` ± `jitterMs` (uniform) after it was read; order is kept, and FIN waits with the data.
 * The draw is keyed by the message, or by the chunk where messages are not known. `meets` limits it to some messages.
 */
export class DelayStage implements Stage {
	private readonly latencyMs: number;
	private readonly jitterMs: number;
	private readonly chance: Rng;
	private readonly meets: (message: number) => boolean;

	constructor(latencyMs: number, jitterMs: number, chance: Rng, meets: (message: number) => boolean) {
		this.latencyMs = latencyMs;
		this.jitterMs = jitterMs;
		this.chance = chance;
		this.meets = meets;
	}

	shape(piece: Piece, _now: number): void {
		if (piece.message >= 0 && !this.meets(piece.message)) return;
		const key = piece.message >= 0 ? `message:${piece.message}` : `chunk:${piece.ordinal}`;
		const jitter = this.jitterMs === 0 ? 0 : (this.chance.fork(key).next() * 2 - 1) * this.jitterMs;
		piece.due = Math.max(piece.due, piece.at + Math.max(0, this.latencyMs + jitter));
	}
}
