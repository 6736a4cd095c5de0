import { isIP } from 'node:net';
import { DarumaError, EXIT, usageError } from '../model/errors.js';
import { isLoopback } from './guard.js';

/** Where a control endpoint shall listen; port 0: any free one. */
export interface ListenOn {
	host: string;
	port: number;
}

/**
 * `127.0.0.1:9100`, `[::1]:0`, `localhost:9100`, `:9100` (loopback). Anything but loopback has to be allowed by name.
 * @throws {DarumaError} E_FLAG (exit 2): no such address; E_UNSAFE (exit 5): others on the network could reach it.
 */
export const parseListenOn = (flag: string, typed: string, allowed: readonly string[] = []): ListenOn => {
	const found = /^(?:\[([^\]]+)\]|([^\s:]*)):(\d{1,5})$/.exec(typed);
	const port = Number(found?.[3]);
	if (!found || port > 65_535) throw usageError('E_FLAG', `--${flag}: expected HOST:PORT such as 127.0.0.1:9100, found ${JSON.stringify(typed)}`);
	const host = found[1] ?? found[2] ?? '';
	if (found[1] !== undefined && isIP(found[1]) !== 6)
		throw usageError('E_FLAG', `--${flag}: expected an IPv6 address in brackets, found ${JSON.stringify(typed)}`);
	if (host === '' || host === 'localhost') return { host: '127.0.0.1', port };
	if (!isLoopback(host) && !allowed.includes(host)) {
		throw new DarumaError(
			'E_UNSAFE',
			EXIT.unsafe,
			`--${flag} ${typed}: others on the network could read it and report to it`,
			`listen on 127.0.0.1:${port}, or say --allow ${host}`,
		);
	}
	return { host, port };
};
