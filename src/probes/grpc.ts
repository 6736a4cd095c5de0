import { isSecure, type Target } from '../model/target.js';
import { grpcQuestion } from './grpc-request.js';
import { GrpcUnary } from './grpc-unary.js';
import { GrpcWatch } from './grpc-watch.js';
import { lineOf } from './http2-line.js';
import type { Probe } from './probe.js';
import { securityOf } from './tcp.js';

/**
 * gRPC without a client of gRPC: frames over our own connection, the request's bytes made once. Health v1 Check of the
 * service that the path names ('' is the whole server); `more.watch`: Watch; `more.method`, `data`, `code`: a unary
 * method; `more.multiplex`: all probers of one server share a connection.
 */
export const grpc: Probe = {
	open(target: Target, options, report) {
		const question = grpcQuestion(target, options);
		const security = isSecure(target) ? { ...securityOf(options), alpn: ['h2'] } : null;
		const { clock, maxBody: most, more, tls } = options;
		const line = lineOf({ target, clock, security, most, rst: more?.close === 'rst', keep: more?.connection !== 'close' }, question.multiplex, tls);
		return question.watch ? new GrpcWatch(options, question, line, report) : new GrpcUnary(options, question, line, report);
	},
};
