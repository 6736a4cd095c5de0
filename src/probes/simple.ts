import { NO_PHASES, type Phases, type Reason } from '../model/sample.js';
import type { Target } from '../model/target.js';
import type { Answer, Probe, ProbeOptions } from './probe.js';
import { oneLine, reasonOf, type Stage, TIMEOUT } from './reason.js';

/** What an odd protocol's question comes to; what it leaves out is "not gone through". */
export interface Reply extends Omit<Partial<Answer>, 'phases'> {
	verdict: Answer['verdict'];
	phases?: Partial<Phases>;
}

/** What one question is given besides target and options. */
export interface Question {
	fresh: boolean;
	/** Aborted when the time is over or the prober is closed: end what is under way; nobody waits for the reply. */
	signal: AbortSignal;
	/** How far it has come, so that running out of time gets the right reason; 'answer' from the start. */
	stage(now: Stage): void;
}

export const NO_FACTS = { fresh: true, phases: NO_PHASES, bytes: { sent: 0, received: 0 } } as const;

export const failure = (reason: Reason, detail?: string): Reply => ({ verdict: 'failed', reason, ...(detail !== undefined && { detail: oneLine(detail) }) });

/**
 * A probe out of one asynchronous question. A rejection is an answer too: an error with a system's code becomes the
 * reason for it. The deadline holds whatever the question does: `abandon` reports at once and aborts the signal.
 */
export const simple = (ask: (target: Target, options: ProbeOptions, question: Question) => Promise<Reply>): Probe => ({
	open(target, options, report) {
		let abort: AbortController | null = null;
		let stage: Stage = 'answer';
		let sentMs = 0;
		const tell = (mine: AbortController, reply: Reply): void => {
			if (abort !== mine) return;
			abort = null;
			const { phases, ...rest } = reply;
			report({ ...NO_FACTS, sentMs, endMs: options.clock.now(), ...rest, phases: { ...NO_PHASES, ...phases } });
			mine.abort();
		};
		return {
			ask(fresh) {
				const mine = new AbortController();
				abort = mine;
				stage = 'answer';
				sentMs = options.clock.now();
				const question: Question = {
					fresh,
					signal: mine.signal,
					stage: (now) => {
						if (abort === mine) stage = now;
					},
				};
				new Promise<Reply>((resolve) => resolve(ask(target, options, question))).then(
					(reply) => tell(mine, reply),
					(error: NodeJS.ErrnoException) => tell(mine, failure(reasonOf(error, stage), error?.message ?? String(error))),
				);
			},
			abandon() {
				if (abort) tell(abort, failure(TIMEOUT[stage]));
			},
			close() {
				const mine = abort;
				abort = null;
				mine?.abort();
			},
		};
	},
});
