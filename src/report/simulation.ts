import { formatDuration } from '../model/duration.js';
import { REPORTED_POLICY_NAMES } from '../model/plan.js';
import type { PolicyStanding, SimulationResult } from '../model/simulation.js';
import { type Cell, columns, wrap } from './columns.js';
import type { Style } from './style.js';

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
const time = (ms: number | null): string => (ms === null ? '-' : formatDuration(ms));
const HEAD = ['policy', 'success', 'mean', 'p50', 'p99', 'p99.9', 'skew', 'to disturbed'];

/** What was simulated, the policies best first, then why each stands there. */
export const simulationTable = (result: SimulationResult, { style, width }: { style: Style; width: number }): string => {
	const disturbed = result.policies.some(({ toDisturbed }) => toDisturbed !== null);
	const head = HEAD.slice(0, disturbed ? 8 : 7).map((text, i): Cell => ({ text, paint: style.dim, right: i > 0 }));
	const row = (p: PolicyStanding): Cell[] =>
		[
			p.policy,
			percent(p.success),
			time(p.meanMs),
			time(p.p50Ms),
			time(p.p99Ms),
			time(p.p999Ms),
			p.loadSkew.toFixed(2),
			p.toDisturbed === null ? '' : percent(p.toDisturbed),
		].map((text, i) => ({ text, right: i > 0, ...(i === 0 && p.rank === 1 && { paint: style.green }) }));
	const lines = [
		...wrap(describeScene(result), width, '').map(style.dim),
		'',
		...columns([head, ...result.policies.map(row)]),
		'',
		...result.policies.flatMap(({ policy, why }) => wrap(`${policy}: ${why}`, width, '  ').map((line, i) => (i === 0 ? line.trimStart() : line))),
		...(result.policies.some(({ policy }) => needsReports(policy)) ? ['', ...wrap(REPORTED, width, '').map(style.dim)] : []),
	];
	return `${lines.join('\n')}\n`;
};

const needsReports = (policy: string): boolean => (REPORTED_POLICY_NAMES as readonly string[]).includes(policy);
const REPORTED = `${REPORTED_POLICY_NAMES.join(', ')} need nodes that report their load; the others need only what a client sees.`;

const describeScene = ({ scene, seed, runs, policies }: SimulationResult): string => {
	const { replicas, service, rate, durationMs, withinMs, clients, servers, disturbances } = scene;
	const mishaps = disturbances.map(({ node, kind, fromMs, toMs, serviceMs }) => {
		const until = toMs === null ? '' : formatDuration(toMs);
		return `${node} ${kind}${serviceMs === undefined ? '' : ` (${formatDuration(serviceMs)})`} ${formatDuration(fromMs)}..${until}`;
	});
	const work = `${formatDuration(service.meanMs)}${service.sdMs === undefined ? '' : ` ± ${formatDuration(service.sdMs)}`} (${service.kind})`;
	return [
		`${replicas} replicas of ${work}${servers === null ? '' : `, ${servers} at once`}`,
		`${rate} requests/s ${scene.pacing} for ${formatDuration(durationMs)} (${policies[0]?.requests ?? 0})`,
		...(clients > 1 ? [`${clients} clients`] : []),
		...mishaps,
		`success within ${formatDuration(withinMs)}`,
		`seed ${seed}${runs > 1 ? ` and ${runs - 1} more, medians` : ''}`,
	].join('; ');
};
