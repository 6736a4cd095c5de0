import { grpcCodeName } from '../wire/grpc.js';
import { grpcCodeOfHttp } from '../wire/grpc-http.js';
import { atTap } from './at-tap.js';

/** Answers every request with a status (on gRPC: with the code that stands for it), without passing it on. */
export const error = atTap(
	'error',
	({ status, grpcStatus }, fault) => {
		if (status === fault.status) return `answered ${status}`;
		return grpcStatus !== undefined && grpcStatus === grpcCodeOfHttp(fault.status) ? `answered ${grpcCodeName(grpcStatus)}` : null;
	},
	() => 1000,
);
