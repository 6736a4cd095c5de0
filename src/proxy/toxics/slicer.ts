import type { Rng } from '../../model/rng.js';
import type { Piece, Stage } from '../stage.js';
import { int, NARROW, type StageContext, type ToxicType } from './toxic.js';

type SlicerAttributes = { average_size: number; size_variation: number; delay: number };

/** Cuts `length` bytes into pieces by halving until a piece is at most average + variation; each middle moves by up to ± variation. */
export const cuts = (length: number, average: number, variation: number, chance: Rng): number[] => {
	const most = Math.max(1, average + variation);
	const sizes: number[] = [];
	// A stack instead of recursion: a piece of one byte is never cut, and each cut leaves something on both sides.
	const open = [length];
	for (let size = open.pop(); size !== undefined; size = open.pop()) {
		if (size <= most || size < 2) {
			sizes.push(size);
			continue;
		}
		const shift = variation > 0 ? Math.floor(chance.next() * variation * 2) - variation : 0;
		const left = Math.min(size - 1, Math.max(1, Math.floor(size / 2) + shift));
		open.push(size - left, left);
	}
	return sizes;
};

class SlicerStage implements Stage {
	readonly holds = NARROW;
	private readonly attributes: Readonly<SlicerAttributes>;
	private readonly chance: Rng;
	/** Sizes still to come of the chunk at the head, last first. */
	private plan: number[] = [];
	private left = 0;
	private nextFree = Number.NEGATIVE_INFINITY;

	constructor({ attributes, chance }: StageContext<SlicerAttributes>) {
		this.attributes = attributes;
		this.chance = chance;
	}

	shape(piece: Piece, _now: number): void {
		const { length } = piece.bytes;
		const { average_size, size_variation, delay } = this.attributes;
		piece.due = Math.max(piece.due, this.nextFree);
		if (length === 0) return;
		if (this.left !== length || this.plan.length === 0) this.plan = cuts(length, average_size, size_variation, this.chance).reverse();
		const size = this.plan.pop() as number;
		piece.bytes = piece.bytes.subarray(0, size);
		this.left = length - size;
		piece.gap = Math.max(0, delay) / 1000;
		this.nextFree = piece.due + piece.gap;
	}

	changed(head: Piece | null, now: number): void {
		this.plan = [];
		this.nextFree = now;
		if (head) head.due = now;
	}
}

export const slicer: ToxicType<SlicerAttributes> = {
	type: 'slicer',
	goType: 'SlicerToxic',
	summary: 'cuts the data into pieces of average_size ± size_variation bytes, delay µs apart',
	attributes: {
		average_size: int('SlicerToxic.attributes.average_size'),
		size_variation: int('SlicerToxic.attributes.size_variation'),
		delay: int('SlicerToxic.attributes.delay'),
	},
	objection: ({ average_size, size_variation }) =>
		(average_size as number) + (size_variation as number) < 1 ? 'average_size + size_variation must be at least 1 byte' : null,
	stage: (context) => new SlicerStage(context),
};
