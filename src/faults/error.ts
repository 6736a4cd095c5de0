import { grpcCodeName } from '../wire/grpc.js';
import { grpcCodeOfHttp } from '../wire/grpc-http.js';
import { atTap } from './at-tap.js';

/** Answers every request with a status (on gRPC: with a code), without passing it on. */
export const error = atTap(
	'error',
	({ status, grpcStatus }, fault) => {
		if (grpcStatus === undefined) return status === fault.status ? `answered ${status}` : null;
		return grpcStatus === (fault.grpcStatus ?? grpcCodeOfHttp(fault.status)) ? `answered ${grpcCodeName(grpcStatus)}` : null;
	},
	() => 1000,
);
