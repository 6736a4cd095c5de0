import { GRPC_CODES } from '../../wire/grpc.js';
import { madeUpGrpc } from '../requests/made-up.js';
import { MATCH_ATTRIBUTES, matchObjection } from '../requests/match.js';
import { int, string, type ToxicType } from './toxic.js';

/** Only gRPC requests, told by their content type. */
export const grpcStatus: ToxicType = {
	type: 'grpc_status',
	goType: 'GrpcStatusToxic',
	summary: 'answers gRPC requests with this status code and message; the upstream does not see them',
	attributes: {
		code: int('GrpcStatusToxic.attributes.code', { default: 14 }),
		message: string('GrpcStatusToxic.attributes.message'),
		...MATCH_ATTRIBUTES('GrpcStatusToxic'),
	},
	objection: (attributes) => {
		const { code } = attributes as { code?: number };
		const known = code === undefined || (Number.isInteger(code) && code >= 1 && code < GRPC_CODES.length);
		return known ? matchObjection(attributes) : `code must be from 1 to ${GRPC_CODES.length - 1}, not ${code}`;
	},
	stage: () => null,
	request: {
		answers: true,
		concerns: ({ grpcMethod }) => grpcMethod !== undefined,
		act: (attributes, { facts }) => {
			const { code, message } = attributes as { code: number; message: string };
			return { action: `grpc status ${code}`, answer: madeUpGrpc(facts, code, 'grpc_status', message) };
		},
	},
};
