import type { ProbedEndpoint, ProbeResult } from '../../../src/checks/probe/result.js';
import { Tally } from '../../../src/checks/probe/tally.js';
import type { Sample } from '../../../src/model/sample.js';
import { parseTarget } from '../../../src/model/target.js';
import { failed, sample } from '../../checks/probe/samples.js';

export { failed, sample };

export const endpoint = (url: string, samples: readonly Sample[], checks: ProbedEndpoint['checks'] = []): ProbedEndpoint => {
	const tally = new Tally(parseTarget(url));
	for (const each of samples) tally.add(each, 40.7);
	return { ...tally.result(), checks };
};

export const UP = endpoint(
	'http://127.0.0.1:1/up',
	[sample(9, { fresh: true, address: '127.0.0.1' }), ...Array.from({ length: 30 }, (_, i) => sample(i + 1))],
	[
		{ expect: 'status == 200', verdict: 'pass', why: 'held in 31 of 31 answers' },
		{ expect: 'p99 < 250ms', verdict: 'inconclusive', why: 'few', next: 'needs 269 more samples' },
	],
);
export const DOWN = endpoint('tcp://127.0.0.1:9', [failed({ detail: 'connect ECONNREFUSED' }), failed()]);
export const HOSTILE = endpoint('http://127.0.0.1:1/', [failed({ reason: 'protocol', detail: 'evil \u001b[31m\u202e<b>\n::error::' })]);
export const NEVER = endpoint('http://127.0.0.1:1/never', []);

export const result = (...endpoints: ProbedEndpoint[]): ProbeResult => ({
	schema: 'daruma.probe/1',
	verdict: 'fail',
	endpoints,
	pauses: { count: 0, totalMs: 0 },
});
