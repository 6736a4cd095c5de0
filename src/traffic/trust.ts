import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { usageError } from '../model/errors.js';
import type { TlsSpec } from '../model/plan.js';

const pem = (name: string, file: string | undefined): Buffer | undefined => {
	if (file === undefined) return undefined;
	try {
		return readFileSync(file);
	} catch (error) {
		throw usageError('E_TLS', `tls.${name}: expected a PEM file, found ${file} (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`);
	}
};

/** Reads the files of a `tls` section, so that no handshake has to. Throws E_TLS (exit 2). */
export const secureContextOf = (tls: TlsSpec): SecureContext => {
	const [ca, cert, key] = [pem('ca', tls.ca), pem('cert', tls.cert), pem('key', tls.key)];
	try {
		return createSecureContext({ ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) });
	} catch (error) {
		throw usageError('E_TLS', `tls: expected a certificate and its key, as PEM (${(error as Error).message})`);
	}
};
