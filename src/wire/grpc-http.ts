/** What gRPC and HTTP make of each other's statuses, and how a deadline travels. */

/** Code of an HTTP answer that carries no `grpc-status` (grpc/grpc: doc/http-grpc-status-mapping.md). */
export const grpcCodeOfHttp = (status: number): number => {
	switch (status) {
		case 400:
			return 13;
		case 401:
			return 16;
		case 403:
			return 7;
		case 404:
			return 12;
		case 429:
		case 502:
		case 503:
		case 504:
			return 14;
		default:
			return 2;
	}
};

/** The HTTP status that stands for each code, by its number (googleapis: google/rpc/code.proto). */
const HTTP_STATUS: readonly number[] = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401];

/** A code that nobody has defined is UNKNOWN. */
export const httpStatusOfGrpc = (code: number): number => HTTP_STATUS[code] ?? 500;

/** `grpc-timeout` of so many ms: at most eight digits and a unit, rounded up, at least 1 ms (grpc/grpc: doc/PROTOCOL-HTTP2.md). */
export const grpcTimeout = (ms: number): string => {
	const whole = Math.max(1, Math.ceil(ms));
	return whole <= 99_999_999 ? `${whole}m` : `${Math.min(99_999_999, Math.ceil(whole / 1000))}S`;
};
