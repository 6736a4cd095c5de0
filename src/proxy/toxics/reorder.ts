import { float, int64, shareObjection, type ToxicType } from './toxic.js';

/** For datagrams only; what it does is in ../udp/toxics. */
export const reorder: ToxicType = {
	type: 'reorder',
	goType: 'ReorderToxic',
	summary: 'holds a share (rate) of the datagrams back until gap later ones have passed, at most hold ms; udp only',
	attributes: {
		rate: float('ReorderToxic.attributes.rate'),
		gap: int64('ReorderToxic.attributes.gap', { default: 1 }),
		hold: int64('ReorderToxic.attributes.hold', { default: 100 }),
	},
	objection: (attributes) => {
		const { gap, hold } = attributes as { gap: number; hold: number };
		if (gap < 1) return `gap must be at least 1, is ${gap}`;
		if (hold < 1) return `hold must be at least 1 ms, is ${hold}`;
		return shareObjection(attributes, 'rate');
	},
	stage: () => null,
};
