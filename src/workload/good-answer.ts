import type { MixEntry } from '../model/plan.js';
import { grpcCodeOfHttp } from '../wire/grpc-http.js';
import { statusIsOk } from './status-predicate.js';

/** What was heard: HTTP's status, gRPC's, or both. */
export interface Heard {
	status?: number;
	grpcStatus?: number;
}

/** Is this a good answer to the user? An HTTP answer without a status of gRPC (a gateway's error page) counts as the code that gRPC makes of it. */
export const isGood = ({ ok, grpc }: Pick<MixEntry, 'ok' | 'grpc'>, { status = 0, grpcStatus }: Heard): boolean =>
	grpc ? grpc.ok.includes(grpcStatus ?? grpcCodeOfHttp(status)) : statusIsOk(ok, status);
