import { flag, text } from '../scalars.js';
import { object, oneKey, optional } from '../shape.js';
import { client } from './client.js';
import { grpcJs, undici } from './libraries.js';
import { argv, processFields } from './process.js';

export const configFile = text('default, or the path of a config file');
const pem = text('a PEM file');
export const tls = object({
	ca: optional(pem, "trusted roots; the system's if absent"),
	cert: optional(pem, 'our certificate, where the subject asks for one'),
	key: optional(pem, 'its key'),
	servername: optional(text("a server's name"), "asked for and checked; the address' if absent"),
	insecure: optional(flag, 'trust any certificate'),
});
export const subject = oneKey(
	{
		client: optional(client, 'the built-in client'),
		grpcJs: optional(grpcJs, '@grpc/grpc-js over all nodes, from your project if it has it'),
		undici: optional(undici, 'undici over all nodes, from your project if it has it'),
		nginx: optional(configFile, 'default, or a config as a template'),
		haproxy: optional(configFile, 'default, or a config as a template'),
		command: optional(argv, 'a proxy of yours, listening on {listen}, in front of {upstreams}'),
		url: optional(text('a URL such as http://127.0.0.1:8080 or http+unix:/run/x.sock:/'), 'a gateway of yours that runs already, in front of cluster.ports'),
		tls: optional(tls, 'how traffic speaks TLS to it'),
		...processFields,
	},
	['client', 'grpcJs', 'undici', 'nginx', 'haproxy', 'command', 'url'],
);
