import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { usageError } from '../model/errors.js';
import type { ProbeOptions } from './probe.js';

const contexts = new Map<string, SecureContext>();

const pem = (flag: string, value: string | undefined): Buffer | string | undefined => {
	if (value === undefined || value.includes('-----BEGIN')) return value;
	try {
		return readFileSync(value);
	} catch (error) {
		throw usageError('E_TLS', `${flag}: expected a PEM file, found ${JSON.stringify(value)} (${(error as Error).message})`);
	}
};

/**
 * The context for a trust set, made once: parsing the roots for each handshake would cost more than the handshake.
 * `ca`, `cert` and `key` are PEM texts or files. Throws E_TLS (exit 2).
 */
export const secureContext = (tls: ProbeOptions['tls'] = {}): SecureContext => {
	const [ca, cert, key] = [pem('--ca', tls.ca), pem('--cert', tls.cert), pem('--key', tls.key)];
	const digest = createHash('sha256');
	for (const part of [ca, cert, key]) digest.update(part ?? '').update('\0');
	const id = digest.digest('base64');
	const known = contexts.get(id);
	if (known) return known;
	try {
		const made = createSecureContext({ ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) });
		contexts.set(id, made);
		return made;
	} catch (error) {
		throw usageError('E_TLS', `--ca, --cert, --key: expected PEM that belongs together (${(error as Error).message})`);
	}
};
