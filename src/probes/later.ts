import type { Clock } from '../model/clock.js';
import { NO_PHASES } from '../model/sample.js';
import type { Answer, Prober } from './probe.js';
import { NO_FACTS } from './simple.js';

/** A prober whose code is loaded when it is opened; what is asked before is asked as soon as it is there. */
export const later = (load: () => Promise<Prober>, clock: Clock, report: (answer: Answer) => void): Prober => {
	let prober: Prober | null = null;
	let asked: { fresh: boolean; sentMs: number } | null = null;
	let closed = false;
	const tell = (detail: string): void => {
		const question = asked;
		asked = null;
		if (question) report({ verdict: 'failed', reason: 'local', detail, ...NO_FACTS, phases: NO_PHASES, sentMs: question.sentMs, endMs: clock.now() });
	};
	let broken = '';
	void load().then(
		(made) => {
			prober = made;
			if (closed) return made.close();
			const question = asked;
			asked = null;
			if (question) made.ask(question.fresh);
		},
		(error: Error) => {
			broken = error.message;
			tell(broken);
		},
	);
	return {
		ask(fresh) {
			if (prober) return prober.ask(fresh);
			asked = { fresh, sentMs: clock.now() };
			if (broken !== '') queueMicrotask(() => tell(broken));
		},
		abandon() {
			if (prober) prober.abandon();
			else tell('its code was not loaded in time');
		},
		close() {
			closed = true;
			asked = null;
			prober?.close();
		},
	};
};
