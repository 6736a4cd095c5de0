import type { RankResult } from '../../checks/probe/ranked.js';
import { exposition, type Family } from '../exposition.js';
import { families } from '../probe/prometheus.js';
import type { RankReport } from './report.js';

/** The places, and the metrics of the probe that they rest on. */
export const prometheus: RankReport = {
	result: (result) => exposition([...places(result), ...families(result)]),
};

const places = ({ policy, ranking }: RankResult): Family[] => {
	const of = (name: string, help: string, field: 'rank' | 'score' | 'weight'): Family => ({
		name: `daruma_rank_${name}`,
		help,
		type: 'gauge',
		readings: ranking.map((place) => ({ labels: { endpoint: place.endpoint, policy }, value: place[field] })),
	});
	return [
		of('place', 'Place of the endpoint under the policy; 1 is best.', 'rank'),
		of('share_ratio', 'Share of requests that the policy would send there now.', 'score'),
		of('weight', 'The same as a whole number for a balancer; 0 is down.', 'weight'),
	];
};
