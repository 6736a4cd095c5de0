import type { Listed } from '../../discovery/source.js';
import { usageError } from '../../model/errors.js';
import { addressOf, parseTarget } from '../../model/target.js';

const wrong = (typed: string, why: string): never => {
	throw usageError('E_FLAG', `--as: expected a URL with {} where host:port goes, found ${JSON.stringify(typed)}: ${why}`, "write --as 'http://{}/healthz'");
};

/**
 * `--as`: how an entry that is only host:port is asked. `http://{}/healthz`, or in short `http`; `{host}` and `{port}` are
 * filled, too. Entries that say their own protocol keep it. @throws {DarumaError} E_FLAG
 */
export const parseAs = (typed: string): ((entry: Listed) => Listed) => {
	const template = /^[a-z][a-z0-9+.-]*$/i.test(typed) ? `${typed}://{}` : typed;
	if (!/\{\}|\{host\}/.test(template)) return wrong(typed, 'it has no {}');
	const fill = (address: string, host: string, port: number): string =>
		template
			.replaceAll('{}', address)
			.replaceAll('{host}', host.includes(':') ? `[${host}]` : host)
			.replaceAll('{port}', String(port));
	try {
		parseTarget(fill('127.0.0.1:1', '127.0.0.1', 1));
	} catch (error) {
		return wrong(typed, (error as Error).message);
	}
	const overSocket = /^([a-z][a-z0-9+.-]*):\/\/\{\}(\/.*)?$/i.exec(template);
	return (entry) => {
		const { target } = entry;
		const { protocol, path, host, port, socketPath, weight } = target;
		if (protocol !== 'tcp' || path !== '') return entry;
		// A socket file goes where its host would stand, if that is plain.
		if (socketPath !== undefined && !overSocket) return entry;
		const url =
			socketPath === undefined ? fill(addressOf(target), host, port) : `${overSocket?.[1]}+unix:${socketPath}${overSocket?.[2] ? `:${overSocket[2]}` : ''}`;
		return { ...entry, target: { ...parseTarget(url), weight } };
	};
};
