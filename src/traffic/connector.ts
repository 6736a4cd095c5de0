import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import type { buildConnector } from 'undici';
import type { Destination } from '../model/endpoint.js';

/** The socket whose connect, or handshake, is under way: undici does not close it when its client is destroyed. */
export interface Connecting {
	connecting: Socket | null;
}

/** A server's name for SNI and for its certificate. RFC 6066: an address is no name to ask for. */
const nameOf = ({ host, tls }: Destination): { servername?: string } => {
	const name = tls?.servername ?? (isIP(host) ? undefined : host);
	return name === undefined ? {} : { servername: name };
};

const open = (to: Destination, trust: SecureContext | null): Socket => {
	const where = to.socketPath === undefined ? { host: to.host, port: to.port } : { path: to.socketPath };
	if (!to.tls) return connectTcp({ ...where, noDelay: true });
	const socket = connectTls({
		...where,
		...nameOf(to),
		...(trust && { secureContext: trust }),
		rejectUnauthorized: !to.tls.insecure,
		ALPNProtocols: ['http/1.1'],
	});
	socket.setNoDelay(true);
	return socket;
};

/** Our own connect, since undici's gives no way to end one that hangs. No timeout: whoever sends has a timer. */
export const connectorOf =
	(line: Connecting, to: Destination, trust: SecureContext | null): buildConnector.connector =>
	(_options, callback) => {
		const socket = open(to, trust);
		line.connecting = socket;
		const failed = (error: Error): void => {
			line.connecting = null;
			callback(error, null);
		};
		socket.once('error', failed);
		socket.once(to.tls ? 'secureConnect' : 'connect', () => {
			line.connecting = null;
			socket.off('error', failed);
			callback(null, socket);
		});
	};
