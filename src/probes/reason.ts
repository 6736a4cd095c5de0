import type { Reason } from '../model/sample.js';

/** How far a question has come; what runs out of time there has its own reason. */
export type Stage = 'dns' | 'connect' | 'tls' | 'answer' | 'body';

export const TIMEOUT: Readonly<Record<Stage, Reason>> = {
	dns: 'resolve-timeout',
	connect: 'connect-timeout',
	tls: 'tls-timeout',
	answer: 'answer-timeout',
	body: 'body-timeout',
};

const SYSTEM: Readonly<Record<string, Reason>> = {
	ECONNREFUSED: 'refused',
	// A socket file that is not there: nobody listens.
	ENOENT: 'refused',
	EHOSTUNREACH: 'unreachable',
	ENETUNREACH: 'unreachable',
	EHOSTDOWN: 'unreachable',
	ENETDOWN: 'unreachable',
	ECONNRESET: 'reset',
	EPIPE: 'reset',
	ECONNABORTED: 'reset',
	ENOTFOUND: 'resolve-failed',
	ENODATA: 'resolve-failed',
	EMFILE: 'local',
	ENFILE: 'local',
	ENOBUFS: 'local',
	ENOMEM: 'local',
	EADDRNOTAVAIL: 'local',
	EADDRINUSE: 'local',
	EPERM: 'local',
	EACCES: 'local',
	EAI_MEMORY: 'local',
	CERT_HAS_EXPIRED: 'tls-expired',
	ERR_TLS_CERT_ALTNAME_INVALID: 'tls-name',
};

/** OpenSSL's verdicts on a chain (X509_V_ERR_*), as node names them. */
const UNTRUSTED = /^(?:UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CERT_|CRL_|INVALID_(?:CA|PURPOSE)|PATH_LENGTH|HOSTNAME_MISMATCH|ERROR_IN_CERT)/;

/** Any error of a socket, resolver or TLS → the one word for it, given where it happened. */
export const reasonOf = (error: NodeJS.ErrnoException, stage: Stage): Reason => {
	const code = error.code ?? '';
	if (Object.hasOwn(SYSTEM, code)) {
		const reason = SYSTEM[code] as Reason;
		return stage === 'tls' && reason === 'reset' ? 'tls-failed' : reason;
	}
	if (code === 'ETIMEDOUT') return TIMEOUT[stage];
	if (stage === 'dns' || code.startsWith('EAI_')) return 'resolve-failed';
	if (UNTRUSTED.test(code)) return 'tls-untrusted';
	if (stage === 'tls' || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO') return 'tls-failed';
	return stage === 'connect' ? 'unreachable' : 'protocol';
};

/** Foreign words as one harmless line of at most 200 characters. */
export const oneLine = (text: string): string => {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
	const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
	return line.length > 200 ? `${line.slice(0, 199)}…` : line;
};
