import { resolve as resolvePath } from 'node:path';
import type { GrpcJsSpec, UndiciSpec } from '../../model/plan.js';
import * as defaults from '../defaults.js';
import type { Reader } from '../reader.js';
import type { File } from '../schema/index.js';

type Subject = NonNullable<File['subject']>;

export const resolveGrpcJs = (given: NonNullable<Subject['grpcJs']>, reader: Reader, folder: string): GrpcJsSpec => {
	const made = defaults.grpcJs(resolvePath(folder, given.from ?? '.'));
	const beside = given.config && (['policy', 'retry'] as const).find((key) => given[key] !== undefined);
	if (beside) throw reader.wrongKey(given, beside, 'config alone, which says it all', beside, `write ${beside} into config, as gRPC has it`);
	return {
		...made,
		policy: given.policy ?? made.policy,
		retry: given.retry ? { ...defaults.grpcJsRetry(), ...given.retry } : null,
		keepalive: given.keepalive ? { ...defaults.keepalive(), ...given.keepalive } : null,
		config: given.config ?? null,
	};
};

export const resolveUndici = (given: NonNullable<Subject['undici']>, folder: string): UndiciSpec => {
	const made = defaults.undici(resolvePath(folder, given.from ?? '.'));
	return { ...made, pool: given.pool ?? made.pool, retry: given.retry ? { ...defaults.undiciRetry(), ...given.retry } : null };
};
