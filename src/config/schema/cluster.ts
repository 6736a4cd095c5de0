import { flag, integer, milliseconds } from '../scalars.js';
import { list, object, oneKey, optional } from '../shape.js';
import { argv, path, pattern, processFields } from './process.js';
import { register } from './register.js';

const leader = oneKey(
	{
		http: optional(path, 'the node that answers a GET of this path as below leads'),
		status: optional(integer(100, 599), 'with this status'),
		body: optional(pattern, 'and a body that matches'),
		exec: optional(argv, 'run for each node: exit code 0 says that it leads; {listen} and {port} are filled'),
	},
	['http', 'exec'],
);

const serviceMs = optional(milliseconds(0), 'how long each request is worked on');
export const clusterFields = {
	replicas: optional(integer(1, 50), 'how many nodes, n1 …'),
	ports: optional(list(integer(1, 65_535), 1, 'ports'), 'where the nodes listen, one each, n1 first; free ones if absent'),
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
	leader: optional(leader, 'how to find out which node leads, for faults with target: leader'),
	...processFields,
};
export const cluster = oneKey(clusterFields, ['builtin', 'command'], 'or none');
