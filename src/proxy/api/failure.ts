import type { Answer } from '../../control/guarded-server.js';
import { goString } from './go-print.js';

/** What the API answers with instead: Toxiproxy's message and status. */
export class Failure extends Error {
	readonly status: number;
	constructor(status: number, message: string) {
		super(message);
		this.status = status;
	}
}

export const badBody = (error: Error): Failure => new Failure(400, `bad request body: ${error.message}`);
export const missing = (field: string): Failure => new Failure(400, `missing required field: ${field}`);
export const proxyNotFound = (): Failure => new Failure(404, 'proxy not found');
export const proxyExists = (): Failure => new Failure(409, 'proxy already exists');
export const toxicNotFound = (): Failure => new Failure(404, 'toxic not found');
export const toxicExists = (): Failure => new Failure(409, 'toxic already exists');
export const invalidStream = (): Failure => new Failure(400, 'stream was invalid, can be either upstream or downstream');
export const invalidType = (): Failure => new Failure(400, 'invalid toxic type');

/** Anything else (an address that cannot be listened on) is a 500 with its text. */
export const toFailure = (thrown: unknown): Failure =>
	thrown instanceof Failure ? thrown : new Failure(500, thrown instanceof Error ? thrown.message : String(thrown));

const plain = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' };

/** Go's http.Error: the type is plain text whatever the body is. */
export const plainError = (status: number, text: string): Answer => ({ status, headers: plain, body: `${text}\n` });

export const failureFields = ({ message, status }: Failure): string => `"error":${goString(message)},"status":${status}`;

export const failed = (failure: Failure): Answer => plainError(failure.status, `{${failureFields(failure)}}`);

export const json = (status: number, body: string): Answer => ({ status, headers: { 'Content-Type': 'application/json' }, body });
