import type { PolicyName } from '../model/plan.js';
import { leastLoad } from './least-load.js';
import { leastResponseTime } from './least-response-time.js';
import { maxThroughput } from './max-throughput.js';
import { p2c } from './p2c.js';
import type { Policy } from './policy.js';
import { random } from './random.js';
import { roundRobin } from './round-robin.js';
import { weighted } from './weighted.js';

/** Pure and tiny, so loaded at once: a client's brain is made synchronously. */
export const POLICIES: Record<PolicyName, () => Policy> = {
	random,
	'round-robin': roundRobin,
	weighted: () => weighted(),
	'least-response-time': () => leastResponseTime(),
	'max-throughput': () => maxThroughput(),
	'least-load': leastLoad,
	p2c: () => p2c(),
};

/** A fresh chooser for one client; nodes and weights come with each pick's candidates. */
export const makePolicy = (name: PolicyName): Policy => POLICIES[name]();
