import { join } from 'node:path';
import { explainRequest as tell } from '../ledger/explain.js';
import { usageError } from '../model/errors.js';
import { readHistory } from '../platform/history-reader.js';
import { readPlan } from './rejudge.js';

/** One request's story, from a run's folder alone. */
export const explainRequest = async (folder: string, id: string): Promise<string[]> => {
	const plan = await readPlan(folder);
	const lines = tell(await readHistory(join(folder, 'history.ndjson')), plan, id);
	if (lines === null) throw usageError('E_REQUEST', `the run knows no request ${id}`, 'checks name theirs in `evidence`; the first is r1');
	return lines;
};
