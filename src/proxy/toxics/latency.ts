import type { Piece, Stage } from '../stage.js';
import { CorrelatedJitter, distributionObjection } from './distribution.js';
import { boolean, float, int64, type StageContext, string, type ToxicType } from './toxic.js';

type LatencyAttributes = { latency: number; jitter: number; distribution: string; table: string; correlation: number; delay_fin: boolean };

/** What is under way in the time of the latency: Toxiproxy ends at 1024 chunks of 32 KiB. */
const HOLDS = 96 * 1024 * 1024;

/**
 * Each chunk goes on `latency` ± `jitter` ms after it came, or `latency` + what is drawn from the table; order is kept.
 * The end of the stream waits only for the bytes before it.
 */
class LatencyStage implements Stage {
	readonly holds = HOLDS;
	private readonly attributes: Readonly<LatencyAttributes>;
	private readonly jitter: CorrelatedJitter;

	constructor({ attributes, chance }: StageContext<LatencyAttributes>) {
		this.attributes = attributes;
		this.jitter = new CorrelatedJitter(chance);
	}

	shape(piece: Piece, _now: number): void {
		const { latency, delay_fin } = this.attributes;
		if (piece.bytes.length === 0 && !(delay_fin && piece.fate === 'fin')) return;
		piece.due += Math.max(0, latency + this.jitter.next(this.attributes));
	}
}

export const latency: ToxicType<LatencyAttributes> = {
	type: 'latency',
	goType: 'LatencyToxic',
	summary: 'delays the data by latency ± jitter ms',
	attributes: {
		latency: int64('LatencyToxic.attributes.latency'),
		jitter: int64('LatencyToxic.attributes.jitter'),
		distribution: string('LatencyToxic.attributes.distribution', { default: 'uniform', additional: true }),
		table: string('LatencyToxic.attributes.table', { additional: true }),
		correlation: float('LatencyToxic.attributes.correlation', { additional: true }),
		delay_fin: boolean('LatencyToxic.attributes.delay_fin', { additional: true }),
	},
	objection: ({ distribution, table, correlation }) => {
		const objection = distributionObjection(distribution, table);
		if (objection) return objection;
		if (correlation !== undefined && !((correlation as number) >= 0 && (correlation as number) < 1))
			return `correlation must be from 0 to below 1, not ${correlation}`;
		return null;
	},
	stage: (context) => new LatencyStage(context),
};
