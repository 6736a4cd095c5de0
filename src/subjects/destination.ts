import type { Destination } from '../model/endpoint.js';
import { usageError } from '../model/errors.js';
import type { UrlSubject } from '../model/plan.js';
import { isSecure, parseTarget } from '../model/target.js';

/** Where a `url` leads. Throws E_TARGET or E_CONFIG (exit 2). */
export const destinationOf = ({ url, tls }: Pick<UrlSubject, 'url' | 'tls'>): Destination => {
	const target = parseTarget(url);
	if (target.protocol !== 'http' && target.protocol !== 'https')
		throw usageError('E_CONFIG', `subject url: expected http, https, http+unix or https+unix, found ${target.protocol}`);
	if (target.username !== undefined || target.password !== undefined)
		throw usageError(
			'E_CONFIG',
			'subject url: expected no user and password in it, since plans are saved',
			// biome-ignore lint/suspicious/noTemplateCurlyInString: what the file would say
			'write a header instead: authorization: "Basic ${SECRET}"',
		);
	if (/[?#]/.test(target.path)) throw usageError('E_CONFIG', 'subject url: expected no query: paths are those of the mix');
	const secure = isSecure(target);
	if (tls && !secure) throw usageError('E_CONFIG', `subject tls: expected an https url, found ${target.name}`);
	const basePath = target.path.replace(/\/+$/, '');
	return {
		name: 'subject',
		host: target.host,
		port: target.port,
		...(secure && { tls: tls ?? {} }),
		...(target.socketPath !== undefined && { socketPath: target.socketPath }),
		...(basePath !== '' && { basePath }),
	};
};
