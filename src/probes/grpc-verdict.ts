import type { Reason } from '../model/sample.js';
import { grpcCodeName } from '../wire/grpc.js';
import { SERVING } from '../wire/grpc-health.js';
import { oneLine } from './reason.js';

export interface GrpcVerdict {
	verdict: 'ok' | 'failed';
	reason?: Reason;
	detail?: string;
}

const GOOD: GrpcVerdict = Object.freeze({ verdict: 'ok' });
const failed = (reason: Reason, detail: string): GrpcVerdict => ({ verdict: 'failed', reason, detail: oneLine(detail) });
const withText = (code: number, text: string): string => (text === '' || text === grpcCodeName(code) ? grpcCodeName(code) : `${grpcCodeName(code)}: ${text}`);

/** A ServingStatus of health v1, as Check or Watch give it (grpc/grpc: doc/health-checking.md). */
export const ofServing = (serving: number): GrpcVerdict => {
	if (serving === 1) return GOOD;
	if (serving === 3) return failed('unknown-service', 'SERVICE_UNKNOWN');
	return serving < 0 ? failed('protocol', 'no HealthCheckResponse') : failed('not-serving', SERVING[serving] ?? `serving status ${serving}`);
};

/** How Check ended. `serving`: of its message, null where none came. UNIMPLEMENTED is told as it is: nobody there knows of health. */
export const ofCheck = (code: number, text: string, serving: number | null): GrpcVerdict => {
	if (code === 0) return serving === null ? failed('protocol', 'OK without a message') : ofServing(serving);
	return failed(code === 5 ? 'unknown-service' : 'status', withText(code, text));
};

/** How Watch ended. A client of gRPC takes a server without Watch for healthy, and asks no more on this connection. */
export const ofWatchEnd = (code: number, text: string): GrpcVerdict => {
	if (code === 12) return { verdict: 'ok', detail: 'UNIMPLEMENTED: no Watch here, which counts as healthy' };
	if (code === 0) return failed('closed', 'the server ended the Watch');
	return failed(code === 5 ? 'unknown-service' : 'status', withText(code, text));
};

/** How a method of the user's own ended. */
export const ofMethod = (code: number, text: string, expected: readonly number[], messages: number): GrpcVerdict => {
	if (!expected.includes(code)) return failed('status', withText(code, text));
	return code === 0 && messages === 0 ? failed('protocol', 'OK without a message') : GOOD;
};
