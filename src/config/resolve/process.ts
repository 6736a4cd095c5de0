import { resolve as resolvePath } from 'node:path';
import type { ReadySpec } from '../../model/plan.js';
import * as defaults from '../defaults.js';
import type { ProcessInFile } from '../schema/process.js';

export const resolveProcess = (given: ProcessInFile, folder: string): { env: Record<string, string>; cwd: string; ready: ReadySpec } => ({
	env: given.env ?? {},
	cwd: resolvePath(folder, given.cwd ?? '.'),
	ready: resolveReady(given.ready),
});

const resolveReady = (given: ProcessInFile['ready']): ReadySpec => {
	const byDefault = defaults.ready();
	const withinMs = given?.within ?? byDefault.withinMs;
	if (given?.http) return { check: { kind: 'http', path: given.http }, withinMs };
	if (given?.grpc !== undefined) return { check: { kind: 'grpc', service: given.grpc }, withinMs };
	if (given?.log) return { check: { kind: 'log', pattern: given.log }, withinMs };
	return { check: { kind: 'tcp' }, withinMs };
};
