import { readFileSync } from 'node:fs';
import { stageError, usageError } from '../../model/errors.js';
import { Failure } from './failure.js';

/** Errors: E_CONFIG. */
export const readConfigFile = (file: string): Buffer => {
	try {
		return readFileSync(file);
	} catch (error) {
		throw usageError('E_CONFIG', `cannot read ${file}: ${(error as Error).message}`, '--config takes a JSON array of proxies, as POST /populate does');
	}
};

/** What the API would have said of the file: wrong content is E_CONFIG, an address that cannot be had E_LISTEN. */
export const configError = (file: string, error: unknown): unknown => {
	if (error instanceof Failure)
		return usageError('E_CONFIG', `${file}: ${error.message}`, 'for example [{"name": "redis", "listen": "127.0.0.1:26379", "upstream": "127.0.0.1:6379"}]');
	if ((error as { code?: string }).code === 'E_LISTEN' && !(error as { exit?: number }).exit)
		return stageError('E_LISTEN', `${file}: ${(error as Error).message}`);
	return error;
};
