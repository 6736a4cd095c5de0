import type { Detector, Opinion } from '../../detectors/detector.js';
import type { Clock } from '../../model/clock.js';
import type { Sample } from '../../model/sample.js';
import type { Target } from '../../model/target.js';
import type { Answer, ProbeOptions } from '../../probes/probe.js';

export interface HeartbeatOptions {
	clock: Clock;
	seed: number;
	periodMs: number;
	timeoutMs: number;
	/** The first beats lie within so many ms; default: one period. */
	spreadMs?: number;
	/** Share of the period by which a beat may be early or late; default 0.03. */
	jitter?: number;
	/** Where the detector wants a change confirmed (pace `fast`), the next question comes after so many ms; null: never earlier. Default: a quarter of the period, at most 250. */
	fastMs?: number | null;
	/** Where it expects nothing (pace `down`), the questions are about so many ms apart; default: the period. */
	downMs?: number;
	/** Every so-many-th beat goes over a new connection, each endpoint at its own turn; 1: all, 0: only when it must. Default 10. */
	freshEvery?: number;
	/** Questions out at a time: in all, and at one host. Default 4096 and 512. */
	maxOut?: number;
	maxOutPerHost?: number;
	/** So many samples of each target, then it is done; 0: for ever. */
	count?: number;
	/** A tick that is later than this means that we stood still; default 250 ms. */
	pauseMs?: number;
	/** Many endpoints may get connections below Node's sockets, where this Node has them; default true. */
	rawHandles?: boolean;
	probe: Omit<ProbeOptions, 'clock' | 'raw'>;
	detector?: (target: Target) => Detector;
	/** The last word on an answer: expectations, or other ideas of what is good. */
	judge?: (answer: Answer, target: Target) => Answer;
}

export interface HeartbeatEvents {
	onSample(target: Target, sample: Sample, answer: Answer): void;
	onState?(target: Target, opinion: Opinion, now: number): void;
	/** We stood still for so long; what was out meanwhile counts for nothing if it failed. */
	onPause?(forMs: number, now: number): void;
	/** Beats that were due while a question was still out, or no place was free. */
	onSkip?(target: Target, beats: number): void;
	/** With `count`: every target has had its questions. */
	onDone?(): void;
}
