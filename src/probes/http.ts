import { usageError } from '../model/errors.js';
import { isSecure } from '../model/target.js';
import { LeanHttp } from './http-lean.js';
import { http1Bytes, httpRequest } from './http-request.js';
import { later } from './later.js';
import type { Probe } from './probe.js';
import { secureContext } from './trust.js';

/**
 * HTTP and HTTPS. The hot path is our own reader over a bare socket. `more.http` = '2' asks over HTTP/2 (ALPN, or prior
 * knowledge without TLS); `more.follow`, `more.proxy`, `more.compressed` and `more.client` = 'undici' go through undici.
 */
export const http: Probe = {
	open(target, options, report) {
		const more = options.more ?? {};
		const version = more.http ?? '1.1';
		if (version !== '1.1' && version !== '2') throw usageError('E_FLAG', `--http: expected 1.1 or 2, found "${version}"`);
		const odd = more.client === 'undici' || more.follow !== undefined || more.proxy !== undefined || more.compressed !== undefined;
		const request = httpRequest(target, options);
		const secure = isSecure(target);
		const context = secure ? secureContext(options.tls) : null;
		if (version === '2') {
			if (odd) throw usageError('E_FLAG', '--http 2 goes without --follow, --proxy and --compressed');
			return later(async () => (await import('./http2.js')).openHttp2(target, options, request, context, report), options.clock, report);
		}
		if (odd) return later(async () => (await import('./http-undici.js')).openUndici(target, options, request, report), options.clock, report);
		const security = context && {
			context,
			alpn: ['http/1.1'],
			...(options.tls?.servername !== undefined && { servername: options.tls.servername }),
			...(options.tls?.insecure && { insecure: true }),
		};
		const keep = more.connection !== 'close';
		return new LeanHttp(target, options, request, http1Bytes(request, target.path, keep ? 'keep-alive' : 'close'), security, keep, report);
	},
};
