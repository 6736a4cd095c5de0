import { flag, integer, milliseconds } from '../scalars.js';
import { list, object, oneKey, optional, required } from '../shape.js';
import { argv, processFields } from './process.js';

export const cluster = oneKey(
	{
		replicas: optional(integer(1, 50), 'how many nodes, n1 …'),
		ports: optional(list(integer(1, 65_535), 1, 'ports'), 'where the nodes listen, one each, n1 first; free ones if absent'),
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
		...processFields,
	},
	['builtin', 'command'],
	'or none',
);
