import { int64, type ToxicType } from './toxic.js';

/** Faults of the connect itself. They meet new connections only; the kernel has accepted before we hear of it, so a client sees its connect succeed. */
export const resetConnect: ToxicType = {
	type: 'reset_connect',
	goType: 'ResetConnectToxic',
	summary: 'resets new connections at once',
	attributes: {},
	objection: () => null,
	stage: () => null,
	welcome: () => ({ kind: 'reset' }),
};

/** When it is removed, those who wait are connected: nothing of theirs has been read. */
export const blackhole: ToxicType = {
	type: 'blackhole',
	goType: 'BlackholeToxic',
	summary: 'accepts new connections and never reads or answers',
	attributes: {},
	objection: () => null,
	stage: () => null,
	welcome: () => ({ kind: 'hole' }),
};

export const slowOpen: ToxicType<{ delay: number }> = {
	type: 'slow_open',
	goType: 'SlowOpenToxic',
	summary: 'connects to the upstream only delay ms after the client has come',
	attributes: { delay: int64('SlowOpenToxic.attributes.delay') },
	objection: () => null,
	stage: () => null,
	welcome: ({ delay }) => ({ kind: 'wait', ms: Math.max(0, delay) }),
};
