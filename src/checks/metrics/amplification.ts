import { tries } from '../../ledger/entry.js';
import { tapSeesTries } from '../../ledger/faults.js';
import { missing } from '../../ledger/slice.js';
import { round, unseen } from '../measure.js';
import type { Metric } from '../view.js';
import { witnessOf } from '../witness.js';

/**
 * Tries per logical request. Nobody in user space sees a refused connection, so without a witness it is a lower bound
 * while a fault keeps the node's tap from seeing every try. Describes this window as a whole: there is no sampling
 * interval.
 */
export const amplification: Metric = (view, window) => {
	const { ledger } = view;
	const n = window.entries.length;
	if (n === 0) return unseen('rate', 'tap', `no request in the ${window.name}`);
	const witness = witnessOf(ledger, window.entries);
	if (view.uncorrelated && witness === null) return unseen('rate', 'tap', view.uncorrelated.why);
	const many = window.entries.filter((e) => tries(e) > 1);
	const value = round(window.entries.reduce((sum, e) => sum + tries(e), 0) / n, 4);
	const blind = window.name === 'fault' && witness === null ? ledger.faults.find((f) => !tapSeesTries(f)) : undefined;
	const gap = missing(ledger.slice);
	const complete = gap === null && !blind;
	return {
		value,
		lo: value,
		hi: complete ? value : null,
		exposure: n,
		kind: 'rate',
		observedBy: witness === null ? 'tap' : witness === 'client' ? 'client' : 'witness',
		evidence: many
			.sort((a, b) => tries(b) - tries(a))
			.slice(0, 20)
			.map((e) => e.request.id),
		...(blind
			? { why: `a lower bound: nobody counted the tries that ${blind.target} refused during the ${blind.kind}` }
			: complete
				? {}
				: { why: `a lower bound: ${gap}` }),
	};
};
