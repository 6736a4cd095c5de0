import { Membership } from './hash-ring.js';
import type { Policy } from './policy.js';

/** Ring hash (ketama; Envoy ring_hash, gRPC A42): the first eligible node clockwise of the key. A node that goes moves its own keys, about 1/n of all, to its neighbours on the ring. */
export const ring = (): Policy => {
	const members = new Membership();
	return {
		pick(candidates, rng, _now, key = String(rng.next())) {
			const { ring, position } = members.meet(candidates);
			const found = ring.find(key, (index) => position(index) >= 0);
			return found === undefined ? 0 : position(found);
		},
	};
};
