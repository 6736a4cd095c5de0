import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assess, overall } from '../checks/assess.js';
import { repeatsOf } from '../checks/repeats.js';
import { usageError } from '../model/errors.js';
import type { Expectation, Plan } from '../model/plan.js';
import type { RunResult } from '../model/run.js';
import { readHistory } from '../platform/history-reader.js';

/** Judges a run from its folder alone: today's rules on yesterday's history, with other bounds if `expect` names some. */
export const rejudge = async (folder: string, options: { subject?: Record<string, string>; expect?: Expectation[] } = {}): Promise<RunResult> => {
	const plan = await readPlan(folder);
	if (options.expect) for (const experiment of plan.experiments) experiment.expect = options.expect;
	const events = await readHistory(join(folder, 'history.ndjson'));
	const header = events[0];
	const experiments = assess(events, plan);
	const repeats = repeatsOf(experiments);
	return {
		schema: 'daruma.run/1',
		verdict: overall(experiments),
		run: header?.kind === 'header' ? header.run : '',
		seed: plan.seed,
		demo: plan.demo,
		subject: { ...plan.subject, ...(options.subject ?? (await factsOf(folder))) },
		replicas: plan.cluster.replicas,
		experiments,
		...(repeats.length > 0 && { repeats }),
	};
};

export const readPlan = async (folder: string): Promise<Plan> => {
	try {
		return JSON.parse(await readFile(join(folder, 'plan.json'), 'utf8')) as Plan;
	} catch (error) {
		throw usageError('E_RUN', `${folder} holds no readable plan.json: ${(error as Error).message}`, 'name a run, as `daruma runs` lists them');
	}
};

/** What the run itself found out about its subject (a version, say), if it came to its end. */
const factsOf = async (folder: string): Promise<Record<string, unknown>> => {
	try {
		return (JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')) as RunResult).subject;
	} catch {
		return {};
	}
};
