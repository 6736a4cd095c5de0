import { usageError } from '../model/errors.js';
import { isSecure, type Target } from '../model/target.js';
import { GRPC_CODES, grpcMessage } from '../wire/grpc.js';
import { healthRequest } from '../wire/grpc-health.js';
import type { Field } from '../wire/hpack/field.js';
import { type Http2Request, http2Request } from './http2-request.js';
import { pathOf } from './option.js';
import type { ProbeOptions } from './probe.js';

/** What is asked of a gRPC server, from target and options. */
export interface GrpcQuestion {
	request: Http2Request;
	/** null: health v1, whose answer is a serving status; otherwise the codes that are good. */
	expected: readonly number[] | null;
	watch: boolean;
	multiplex: boolean;
	/** Asking twice does no harm. */
	idempotent: boolean;
}

const MOST_DATA = 65_536;

/** `empty`, `hex:0a00` or `base64:CgA=`. */
const dataOf = (text: string): Uint8Array => {
	const wrong = (): never => {
		throw usageError('E_FLAG', `data: expected empty, hex:0A0B… or base64:…, of at most ${MOST_DATA} bytes; found ${JSON.stringify(text.slice(0, 60))}`);
	};
	const colon = text.indexOf(':');
	const kind = colon < 0 ? text : text.slice(0, colon);
	// In a query a plus sign reads as a blank.
	const code = text.slice(colon + 1).replace(/ /g, kind === 'base64' ? '+' : '');
	let data: Buffer = Buffer.alloc(0);
	if (kind === 'hex' && colon > 0 && /^(?:[\da-f]{2})*$/i.test(code)) data = Buffer.from(code, 'hex');
	else if (kind === 'base64' && colon > 0 && /^[\w+/-]*={0,2}$/.test(code)) data = Buffer.from(code, 'base64');
	else if (text !== 'empty') wrong();
	return data.length > MOST_DATA ? wrong() : new Uint8Array(data);
};

const codesOf = (text: string): number[] =>
	text.split(',').map((each) => {
		const name = each.trim().toUpperCase();
		const code = /^\d{1,2}$/.test(name) ? Number(name) : (GRPC_CODES as readonly string[]).indexOf(name);
		if (code < 0 || code >= GRPC_CODES.length)
			throw usageError('E_FLAG', `code: expected names or numbers of gRPC codes such as OK or NOT_FOUND, found ${JSON.stringify(each)}`);
		return code;
	});

/** Ours alone to say; `te` and `content-type` make it gRPC. */
const RESERVED = /^(?::|grpc-|te$|content-type$|connection$|host$|transfer-encoding$|keep-alive$|upgrade$)/;

const metadata = (target: Target, headers: Readonly<Record<string, string>>): Field[] => {
	const fields: Field[] = [];
	if (target.username !== undefined || target.password !== undefined) {
		const value = `Basic ${Buffer.from(`${target.username ?? ''}:${target.password ?? ''}`).toString('base64')}`;
		fields.push({ name: 'authorization', value, never: true });
	}
	for (const [typed, value] of Object.entries(headers)) {
		const name = typed.toLowerCase();
		if (!/^[a-z0-9_.-]+$/.test(name) || RESERVED.test(name) || !/^[\x20-\x7e]*$/.test(value))
			throw usageError('E_FLAG', `--header: expected metadata of gRPC, "name: value" in ASCII, found ${JSON.stringify(`${typed}: ${value}`)}`);
		fields.push({ name, value, ...(name === 'authorization' && { never: true }) });
	}
	return fields;
};

const isOn = (value: string | undefined): boolean => value !== undefined && value !== '0' && value !== 'false';

/** Throws E_FLAG or E_TARGET (exit 2) for what cannot be asked. */
export const grpcQuestion = (target: Target, { more = {}, headers = {} }: Pick<ProbeOptions, 'more' | 'headers'>): GrpcQuestion => {
	const { method } = more;
	const watch = isOn(more.watch);
	if (method !== undefined && !/^[\w.]+\/\w+$/.test(method))
		throw usageError('E_FLAG', `method: expected package.Service/Method, found ${JSON.stringify(method)}`);
	if (method !== undefined && watch) throw usageError('E_FLAG', 'watch: goes with the health service, not with a method of your own');
	if (method === undefined && (more.data !== undefined || more.code !== undefined))
		throw usageError('E_FLAG', 'data, code: expected beside method=package.Service/Method');
	const message = method === undefined ? healthRequest(more.service ?? pathOf(target.path).slice(1)) : dataOf(more.data ?? 'empty');
	const host = target.host.includes(':') ? `[${target.host}]` : target.host;
	const authority = more.authority ?? (target.port === 0 ? host : `${host}:${target.port}`);
	if (!/^[\x21-\x7e]+$/.test(authority)) throw usageError('E_FLAG', `authority: expected host:port, found ${JSON.stringify(authority)}`);
	const fields: Field[] = [
		{ name: ':method', value: 'POST' },
		{ name: ':scheme', value: isSecure(target) ? 'https' : 'http' },
		{ name: ':path', value: `/${method ?? `grpc.health.v1.Health/${watch ? 'Watch' : 'Check'}`}` },
		{ name: ':authority', value: authority },
		{ name: 'te', value: 'trailers' },
		{ name: 'content-type', value: 'application/grpc' },
		{ name: 'user-agent', value: 'daruma' },
		...metadata(target, headers),
	];
	return {
		request: http2Request(fields, grpcMessage(message)),
		expected: method === undefined ? null : codesOf(more.code ?? 'OK'),
		watch,
		multiplex: isOn(more.multiplex),
		idempotent: method === undefined || isOn(more.idempotent),
	};
};
