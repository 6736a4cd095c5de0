import type { ViewCost } from '../../model/views.js';
import type { Cost } from '../compare/cost.js';
import { meshCost } from './cost.js';
import { componentsOf, findingsOf } from './findings.js';
import { type Collected, decide, matrixOf } from './matrix.js';
import type { MeshResult } from './result.js';

export interface MeshSettings {
	/** A view that was not renewed for so long says nothing. */
	staleMs: number;
	/** Counted by the vantage points that tell. */
	costs: readonly ViewCost[];
	collecting: Cost;
}

/** Views as they were collected → matrix, decisions, findings, verdict. Pure. */
export const judgeMesh = (collected: readonly Collected[], { staleMs, costs, collecting }: MeshSettings): MeshResult => {
	const matrix = matrixOf(collected, staleMs);
	const endpoints = decide(matrix);
	const components = componentsOf(matrix);
	const findings = findingsOf(matrix, endpoints, components);
	const failed = findings.filter(({ verdict }) => verdict === 'fail');
	const seen = endpoints.length > 0;
	const verdict = failed.length > 0 ? 'fail' : findings.length > 0 || !seen ? 'inconclusive' : 'pass';
	const first = findings[0];
	const why = first
		? `${first.text}${findings.length > 1 ? ` (and ${findings.length - 1} more)` : ''}`
		: seen
			? `${endpoints.length} endpoints, and nobody sees one of them otherwise than up`
			: 'there are no views';
	return {
		schema: 'daruma.mesh/1',
		verdict,
		why,
		vantages: matrix.vantages,
		endpoints,
		matrix: [...matrix.fields.values()].flatMap((row) => [...row.values()]),
		components,
		findings,
		cost: meshCost(matrix, costs, collecting),
	};
};
