import { MATCH_ATTRIBUTES, matchObjection } from '../requests/match.js';
import { MAX_DELAY_MS } from '../requests/script.js';
import { CorrelatedJitter, distributionObjection } from './distribution.js';
import { int64, string, type ToxicType } from './toxic.js';

/** The request waits, and with it those behind it on its connection (HTTP/2: on its stream). */
export const httpDelay: ToxicType = {
	type: 'http_delay',
	goType: 'HttpDelayToxic',
	summary: 'passes requests on delay ± jitter ms later',
	attributes: {
		delay: int64('HttpDelayToxic.attributes.delay'),
		jitter: int64('HttpDelayToxic.attributes.jitter'),
		distribution: string('HttpDelayToxic.attributes.distribution', { default: 'uniform', additional: true }),
		table: string('HttpDelayToxic.attributes.table', { additional: true }),
		...MATCH_ATTRIBUTES('HttpDelayToxic'),
	},
	objection: (attributes) => {
		for (const key of ['delay', 'jitter'] as const) {
			const ms = (attributes[key] as number | undefined) ?? 0;
			if (!(ms >= 0 && ms <= MAX_DELAY_MS)) return `${key} must be from 0 to ${MAX_DELAY_MS} ms, not ${ms}`;
		}
		return distributionObjection(attributes.distribution, attributes.table) ?? matchObjection(attributes);
	},
	stage: () => null,
	request: {
		act: (attributes, { chance }) => {
			const { delay, jitter, distribution, table } = attributes as { delay: number; jitter: number; distribution: string; table: string };
			const spread = new CorrelatedJitter(chance).next({ jitter, distribution, table, correlation: 0 });
			const delayMs = Math.min(MAX_DELAY_MS, Math.max(0, delay + spread));
			return { action: `delay ${Math.round(delayMs)} ms`, delayMs };
		},
	},
};
