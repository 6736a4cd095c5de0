import type { Act, FaultContext, Wanted } from '../faults/act.js';
import { FAULTS } from '../faults/index.js';
import { DarumaError, stageError } from '../model/errors.js';
import type { Event, FaultEvent } from '../model/event.js';
import type { FaultSpec } from '../model/plan.js';
import type { Curtain } from './curtain.js';
import type { Halt } from './halt.js';
import type { Progress } from './progress.js';

interface Needs extends FaultContext {
	curtain: Curtain;
	/** Absent: nothing ends it early. */
	halt?: Halt;
	/** Which experiment it belongs to, and its place in that one's list. */
	experiment: number;
	fault: number;
	/** Which time, of a fault that flaps. */
	nth?: number;
	record(event: Event): void;
	onProgress(progress: Progress): void;
}

/** One fault at one node, of which each step goes into the history. The undo is with the watchdog from the beginning. */
export interface Injection {
	/** Does it, and waits until somebody else has seen it; resolves with the time from which it counts. Not seen: that is told, and it counts from now. */
	fire(patience?: Patience): Promise<number>;
	/** From now on it no longer acts as it did: tells so, once. `heal` does it too. */
	mending(): void;
	/** Resolves when the node was seen to answer again. */
	heal(): Promise<void>;
	/** It may last so long from now, ms. */
	renew(forMs: number): void;
}

/** How long somebody looks for its effect: for as long as it lasts (at least 2 s), unless said. */
export interface Patience {
	withinMs: number;
	wanted: Wanted;
}

/** Nothing has happened to the node yet when it resolves. */
export const armInjection = async (spec: FaultSpec, needs: Needs): Promise<Injection> => {
	const { node, clock, curtain, experiment, fault, nth, halt } = needs;
	const target = node.name;
	const tell = (step: FaultEvent['step'], t: number, more: { by?: string; detail?: string; seenMs?: number } = {}): void => {
		needs.record({ kind: 'fault', t, experiment, fault, ...(nth !== undefined && { nth }), faultKind: spec.kind, target, step, ...more });
		needs.onProgress({ kind: 'fault', fault: spec.kind, target, step, ...(more.detail === undefined ? {} : { detail: more.detail }) });
	};
	const kind = await FAULTS[spec.kind]();
	const act: Act = await curtain.race(told(`the ${spec.kind} at ${target} could not be armed`, kind.arm(spec, needs)));
	let mendingMs: number | null = null;
	const mending = (): number => {
		if (mendingMs === null) {
			mendingMs = clock.now();
			tell('healing', mendingMs);
		}
		return mendingMs;
	};
	return {
		mending,
		async fire(patience) {
			const firedMs = clock.now();
			tell('intended', firedMs);
			await curtain.race(told(`the ${spec.kind} at ${target} could not be injected`, act.fire()));
			try {
				const withinMs = patience?.withinMs ?? Math.max(spec.forMs, 2000);
				const seen = await curtain.race(Promise.race([act.effective(withinMs, patience?.wanted), ...(halt ? [halted(halt)] : [])]));
				tell('effective', seen.t, { by: seen.by, detail: seen.detail, seenMs: seen.seenMs });
				return Math.max(firedMs, seen.t);
			} catch (error) {
				if (curtain.reason) throw error;
				const unwanted = patience?.wanted() === false;
				tell('failed', clock.now(), { detail: unwanted ? 'healed before anybody saw it' : (error as Error).message });
				return firedMs;
			}
		},
		async heal() {
			const { life } = node;
			const healing = mending();
			const seen = await curtain.race(told(`the ${spec.kind} at ${target} could not be healed`, act.heal()));
			tell('healed', seen.seenMs, { by: seen.by, detail: seen.detail });
			if (node.life > life) needs.record({ kind: 'recovery', t: healing, endMs: seen.seenMs, experiment, action: 'restart', target, ok: true, by: 'heal' });
		},
		renew: (forMs) => act.renew?.(forMs),
	};
};

const halted = async (halt: Halt): Promise<never> => {
	await halt.fallen;
	throw new Error('the experiment was halted before it was seen');
};

/** What goes wrong on the stage is told as such; a DarumaError already says better what it was. */
const told = async <T>(failure: string, work: Promise<T>): Promise<T> => {
	try {
		return await work;
	} catch (error) {
		if (error instanceof DarumaError) throw error;
		throw stageError('E_FAULT', `${failure}: ${(error as Error).message}`, 'look at the logs in the folder of the run');
	}
};
