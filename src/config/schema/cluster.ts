import { flag, integer, milliseconds } from '../scalars.js';
import { object, oneKey, optional, required } from '../shape.js';
import { argv, path, pattern, processFields } from './process.js';

const leader = oneKey(
	{
		http: optional(path, 'the node that answers a GET of this path as below leads'),
		status: optional(integer(100, 599), 'with this status'),
		body: optional(pattern, 'and a body that matches'),
		exec: optional(argv, 'run for each node: exit code 0 says that it leads; {listen} and {port} are filled'),
	},
	['http', 'exec'],
);

export const cluster = oneKey(
	{
		replicas: optional(integer(1, 50), 'how many nodes, n1 …'),
		builtin: optional(
			object({
				http: required(
					object({
						serviceMs: optional(milliseconds(0), 'how long each request is worked on'),
						mesh: optional(flag, 'they heartbeat each other, and publish what they see at /.daruma/views'),
					}),
					'GET, POST … on any path, over HTTP/1.1',
				),
			}),
			'replicas that daruma brings along, with a ledger of their own',
		),
		command: optional(argv, 'a program of yours, listening on {port}'),
		leader: optional(leader, 'how to find out which node leads, for faults with target: leader'),
		...processFields,
	},
	['builtin', 'command'],
);
