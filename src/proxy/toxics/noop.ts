import type { ToxicType } from './toxic.js';

export const noop: ToxicType = {
	type: 'noop',
	goType: 'NoopToxic',
	summary: 'does nothing',
	attributes: {},
	objection: () => null,
	stage: () => null,
};
