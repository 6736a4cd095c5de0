import { usageError } from '../model/errors.js';
import { isSecure } from '../model/target.js';
import { LeanHttp } from './http-lean.js';
import { http1Bytes, httpRequest } from './http-request.js';
import type { Probe, ProbeOptions } from './probe.js';
import { secureContext } from './trust.js';

/** HTTP/1.1 and HTTPS by our own reader over a bare socket: the hot path. */
const lean: Probe = {
	open(target, options, report) {
		const request = httpRequest(target, options);
		const context = isSecure(target) ? secureContext(options.tls) : null;
		const security = context && {
			context,
			alpn: ['http/1.1'],
			...(options.tls?.servername !== undefined && { servername: options.tls.servername }),
			...(options.tls?.insecure && { insecure: true }),
		};
		const keep = options.more?.connection !== 'close';
		return new LeanHttp(target, options, request, http1Bytes(request, target.path, keep ? 'keep-alive' : 'close'), security, keep, report);
	},
};

const ODD = ['follow', 'proxy', 'compressed'] as const;

/**
 * HTTP and HTTPS. `more.http` = '2' asks over HTTP/2 (ALPN, or prior knowledge without TLS); `more.follow`, `more.proxy`,
 * `more.compressed` and `more.client` = 'undici' go through undici. Both are loaded only then.
 */
export const httpFor = async (more: ProbeOptions['more'] = {}): Promise<Probe> => {
	const version = more.http ?? '1.1';
	if (version !== '1.1' && version !== '2') throw usageError('E_FLAG', `--http: expected 1.1 or 2, found "${version}"`);
	const odd = ODD.find((each) => more[each] !== undefined);
	if (version === '2') {
		if (odd !== undefined) throw usageError('E_FLAG', `--http 2 goes without --${odd}`);
		const { openHttp2 } = await import('./http2.js');
		return {
			open: (target, options, report) => openHttp2(target, options, httpRequest(target, options), isSecure(target) ? secureContext(options.tls) : null, report),
		};
	}
	if (odd === undefined && more.client !== 'undici') return lean;
	const { openUndici } = await import('./http-undici.js');
	return { open: (target, options, report) => openUndici(target, options, httpRequest(target, options), report) };
};
