import { flag, integer, milliseconds } from '../scalars.js';
import { object, oneKey, optional } from '../shape.js';
import { argv, processFields } from './process.js';
import { register } from './register.js';

const serviceMs = optional(milliseconds(0), 'how long each request is worked on');
export const clusterFields = {
	replicas: optional(integer(1, 50), 'how many nodes, n1 …'),
	builtin: optional(
		oneKey(
			{
				http: optional(
					object({
						serviceMs,
						mesh: optional(flag, 'they heartbeat each other, and publish what they see at /.daruma/views'),
					}),
					'GET, POST … on any path, over HTTP/1.1',
				),
				grpc: optional(object({ serviceMs }), 'unary calls of any service, over HTTP/2, with a health service'),
			},
			['http', 'grpc'],
		),
		'replicas that daruma brings along, with a ledger of their own',
	),
	command: optional(argv, 'a program of yours, listening on {port}'),
	register: optional(register, 'where each replica registers when it is ready'),
	...processFields,
};
export const cluster = oneKey(clusterFields, ['builtin', 'command']);
