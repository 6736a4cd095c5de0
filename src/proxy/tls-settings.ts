import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { TlsError, TlsOrigination, TlsTermination } from './contract.js';
import { selfSigned } from './tls-certificate.js';

export const tlsError = (message: string): TlsError => Object.assign(new Error(message), { code: 'E_TLS' as const });

/** A file of certificates is no larger. Bytes. */
const LARGEST = 1024 * 1024;

export const isPem = (text: string): boolean => text.includes('-----BEGIN');

/** PEM as it is, or out of the file. Nothing but a plain file is opened: others would make everybody wait. */
const pemOf = (field: string, text: string | undefined): string | undefined => {
	if (text === undefined || isPem(text)) return text;
	try {
		const stat = statSync(text);
		if (!stat.isFile() || stat.size > LARGEST) throw tlsError('no file of PEM');
		const pem = readFileSync(text, 'latin1');
		if (!isPem(pem)) throw tlsError('no PEM in it');
		return pem;
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		throw tlsError(`${field}: cannot read ${text}: ${code === 'E_TLS' ? message : code}`);
	}
};

/** Many proxies may have the same certificates, and each is looked at more than once. */
const REMEMBERED = 64;
const contexts = new Map<string, SecureContext>();

const contextOf = (where: string, options: SecureContextOptions): SecureContext => {
	const key = JSON.stringify(options);
	const there = contexts.get(key);
	if (there) return there;
	try {
		const context = createSecureContext(options);
		if (contexts.size >= REMEMBERED) contexts.clear();
		contexts.set(key, context);
		return context;
	} catch (error) {
		throw tlsError(`${where}: ${(error as { reason?: string }).reason ?? (error as Error).message}`);
	}
};

/** OpenSSL skips authorities that it cannot read. */
const authorities = (where: string, pem: string | undefined): void => {
	try {
		if (pem !== undefined) new X509Certificate(pem);
	} catch {
		throw tlsError(`${where}: no certificate in it`);
	}
};

const defined = <T extends object>(options: T): T => Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;

export interface LoadedTermination {
	cert: string;
	key: string;
	ca: string | undefined;
}

const MOST_NAMES = 100;
const isName = (name: string): boolean => name.length <= 253 && /^(\*\.)?[\w-]+(\.[\w-]+)*$/.test(name);
const isToBeMade = ({ selfSigned: wanted, key }: TlsTermination): boolean => wanted === true && key === undefined;

/** The settings as they are kept, a certificate made if one was asked for. */
export const completed = (settings: TlsTermination): TlsTermination => (isToBeMade(settings) ? { ...settings, ...selfSigned(settings.names) } : settings);

/** Sees whether they can be used; a certificate that is to be made is not made for that. Throws {@link TlsError}. */
export const checkTermination = (settings: TlsTermination): void => {
	const { names = [], clientCa } = settings;
	const wrong = names.find((name) => isIP(name) === 0 && !isName(name));
	if (wrong !== undefined) throw tlsError(`tls.names: "${wrong}" is no name of a host`);
	if (names.length > MOST_NAMES) throw tlsError(`tls.names: at most ${MOST_NAMES}`);
	if (isToBeMade(settings)) authorities('tls.client_ca', pemOf('tls.client_ca', clientCa));
	else loadTermination(settings);
};

/** Reads what the settings name, and sees whether it can be used. Throws {@link TlsError}. */
export const loadTermination = (settings: TlsTermination): LoadedTermination => {
	const cert = pemOf('tls.cert', settings.cert);
	const key = pemOf('tls.key', settings.key);
	const ca = pemOf('tls.client_ca', settings.clientCa);
	if (cert === undefined || key === undefined) throw tlsError('tls: cert and key are needed, or "self-signed"');
	contextOf('tls.cert and key', { cert, key });
	authorities('tls.client_ca', ca);
	return { cert, key, ca };
};

export interface LoadedOrigination {
	context: SecureContext;
	servername: string | undefined;
	insecure: boolean;
}

/** Throws {@link TlsError}. */
export const loadOrigination = (settings: TlsOrigination): LoadedOrigination => {
	const ca = pemOf('upstream_tls.ca', settings.ca);
	const cert = pemOf('upstream_tls.cert', settings.cert);
	const key = pemOf('upstream_tls.key', settings.key);
	if ((cert === undefined) !== (key === undefined)) throw tlsError('upstream_tls: cert and key come together');
	authorities('upstream_tls.ca', ca);
	const context = contextOf('upstream_tls', defined({ ca, cert, key }));
	return { context, servername: settings.servername, insecure: settings.insecure ?? false };
};
