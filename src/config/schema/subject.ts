import { text } from '../scalars.js';
import { oneKey, optional } from '../shape.js';
import { client } from './client.js';
import { grpcJs, undici } from './libraries.js';
import { argv, processFields } from './process.js';

export const configFile = text('default, or the path of a config file');
export const subject = oneKey(
	{
		client: optional(client, 'the built-in client'),
		grpcJs: optional(grpcJs, '@grpc/grpc-js over all nodes, from your project if it has it'),
		undici: optional(undici, 'undici over all nodes, from your project if it has it'),
		nginx: optional(configFile, 'default, or a config as a template'),
		haproxy: optional(configFile, 'default, or a config as a template'),
		command: optional(argv, 'a proxy of yours, listening on {listen}, in front of {upstreams}'),
		...processFields,
	},
	['client', 'grpcJs', 'undici', 'nginx', 'haproxy', 'command'],
);
