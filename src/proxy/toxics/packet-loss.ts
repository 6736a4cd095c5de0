import type { Rng } from '../../model/rng.js';
import type { Piece, Stage } from '../stage.js';
import { CHUNK, float, NARROW, type StageContext, type ToxicType } from './toxic.js';

type PacketLossAttributes = { loss_rate: number; correlation: number };

/**
 * Loses chunks: each with `loss_rate`, one behind a lost one with `loss_rate + correlation` (a simplified Gilbert-Elliott
 * model). Never the end. As in Toxiproxy (pull request 739, after 2.12), both are 0 unless named, and what is outside 0 … 1
 * counts as the nearer of the two.
 */
class PacketLossStage implements Stage {
	readonly holds = NARROW;
	private readonly attributes: Readonly<PacketLossAttributes>;
	private readonly chance: Rng;
	private lost = false;

	constructor({ attributes, chance }: StageContext<PacketLossAttributes>) {
		this.attributes = attributes;
		this.chance = chance;
	}

	shape(piece: Piece, _now: number): void {
		if (piece.fate !== 'pass' || piece.bytes.length === 0) return;
		if (piece.bytes.length > CHUNK) piece.bytes = piece.bytes.subarray(0, CHUNK);
		const { loss_rate, correlation } = this.attributes;
		this.lost = this.chance.next() < lossShare(loss_rate) + (this.lost ? lossShare(correlation) : 0);
		if (this.lost) piece.fate = 'drop';
	}
}

/** What is outside 0 … 1 counts as the nearer of the two. */
export const lossShare = (value: number): number => Math.min(1, Math.max(0, value));

export const packetLoss: ToxicType<PacketLossAttributes> = {
	type: 'packet_loss',
	goType: 'PacketLossToxic',
	summary: 'loses a share of the chunks, in bursts if correlation is above 0',
	attributes: {
		loss_rate: float('PacketLossToxic.attributes.loss_rate'),
		correlation: float('PacketLossToxic.attributes.correlation'),
	},
	objection: () => null,
	stage: (context) => new PacketLossStage(context),
};
