import { amplification } from './metrics/amplification.js';
import { availability } from './metrics/availability.js';
import { clientTimeLost } from './metrics/client-time-lost.js';
import { errorWindow } from './metrics/error-window.js';
import { failback } from './metrics/failback.js';
import { p50, p99 } from './metrics/latency.js';
import { loadSkew } from './metrics/load-skew.js';
import { ambiguous, ghost, late, lost, missedRetry } from './metrics/outcomes.js';
import { flapping, outAtOnce, recoveries, recoveryFailed, recoveryStorm, recoveryTime } from './metrics/recovery.js';
import { doubleExecuted, nonIdempotentDoubleExecuted, nonIdempotentReplayed, replayed } from './metrics/replays.js';
import { requests } from './metrics/requests.js';
import { timeToDeregister } from './metrics/time-to-deregister.js';
import { timeToDetect } from './metrics/time-to-detect.js';
import { timeToFailover } from './metrics/time-to-failover.js';
import { timeToRecover } from './metrics/time-to-recover.js';
import type { Metric } from './view.js';

/** Every metric by its canonical name; a test compares the names and their order with METRICS. */
export const METRIC_FUNCTIONS: Readonly<Record<string, Metric>> = {
	requests,
	availability,
	p50Ms: p50,
	p99Ms: p99,
	errorWindowMs: errorWindow,
	clientTimeLostMs: clientTimeLost,
	timeToDetectMs: timeToDetect,
	timeToFailoverMs: timeToFailover,
	timeToRecoverMs: timeToRecover,
	failbackMs: failback,
	timeToDeregisterMs: timeToDeregister,
	amplification,
	replayed,
	doubleExecuted,
	nonIdempotentReplayed,
	nonIdempotentDoubleExecuted,
	ghost,
	late,
	lost,
	ambiguous,
	missedRetry,
	recoveryMs: recoveryTime,
	recoveries,
	recoveryFailed,
	recoveryStorm,
	outAtOnce,
	flapping,
	loadSkew,
};
