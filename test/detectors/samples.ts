import type { Detector, Heard, Opinion } from '../../src/detectors/detector.js';

/** An answer that took 1 ms. */
export const ok = (endMs: number, more: Partial<Heard> = {}): Heard => ({ sentMs: endMs - 1, endMs, verdict: 'ok', ...more });
export const failed = (endMs: number, more: Partial<Heard> = {}): Heard => ({ sentMs: endMs - 1, endMs, verdict: 'failed', reason: 'refused', ...more });

/** `+` answered, `-` failed, `!` warning, `l` our own failure: one a second from 1000 ms on; the state after each, by its first letter. */
export const states = (detector: Detector, samples: string, from = 1000): string => {
	let seen = '';
	[...samples].forEach((sample, i) => {
		const at = from + i * 1000;
		detector.heard(sample === '+' ? ok(at) : sample === '!' ? ok(at, { verdict: 'warning' }) : failed(at, sample === 'l' ? { reason: 'local' } : {}));
		seen += short(detector.state(at));
	});
	return seen;
};

/** u unknown, + up, ! warning, ? suspect, - down. */
export const short = ({ state }: Opinion): string => ({ unknown: 'u', up: '+', warning: '!', suspect: '?', down: '-' })[state];
