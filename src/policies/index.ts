import type { ChooserName } from '../model/plan.js';
import { boundedLoad } from './bounded-load.js';
import { leastLoad } from './least-load.js';
import { leastReportedLoad } from './least-reported-load.js';
import { leastRequest } from './least-request.js';
import { leastResponseTime } from './least-response-time.js';
import { maglev } from './maglev.js';
import { maxThroughput } from './max-throughput.js';
import { orcaWeighted } from './orca-weighted.js';
import { p2c } from './p2c.js';
import { p2cPeakEwma } from './p2c-peak-ewma.js';
import { peakEwma } from './peak-ewma.js';
import type { Policy } from './policy.js';
import { prequal } from './prequal.js';
import { random } from './random.js';
import { rendezvous } from './rendezvous.js';
import { ring } from './ring.js';
import { roundRobin } from './round-robin.js';
import { weighted } from './weighted.js';
import { weightedEdf } from './weighted-edf.js';

/** Pure and tiny, so loaded at once: a client's brain is made synchronously. */
export const POLICIES: Record<ChooserName, () => Policy> = {
	random,
	'round-robin': roundRobin,
	weighted: () => weighted(),
	'weighted-edf': weightedEdf,
	'least-load': leastLoad,
	'least-request': () => leastRequest(),
	p2c: () => p2c(),
	'least-response-time': () => leastResponseTime(),
	'peak-ewma': () => peakEwma(),
	'p2c-peak-ewma': () => p2cPeakEwma(),
	'max-throughput': () => maxThroughput(),
	rendezvous,
	ring,
	maglev,
	'bounded-load': () => boundedLoad(),
	'orca-weighted': () => orcaWeighted(),
	'least-reported-load': () => leastReportedLoad(),
	prequal: () => prequal(),
};

/** A fresh chooser for one client; nodes and weights come with each pick's candidates. */
export const makePolicy = (name: ChooserName): Policy => POLICIES[name]();
