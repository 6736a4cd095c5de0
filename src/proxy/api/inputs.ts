import type { ProxyOptions, ToxicInfo, ToxicScope, ToxicState } from '../contract.js';
import { SCOPE_FIELDS, scopeObjection } from '../toxics/scope.js';
import { isUdp, transportObjection } from '../udp/address.js';
import { misplaced } from '../udp/toxics/index.js';
import { badBody, Failure, invalidStream, invalidType, missing, toxicExists } from './failure.js';
import { decode, type Shape } from './go-decode.js';
import type { Infos } from './go-print.js';
import { GoJsonError, type Node, scan } from './go-scan.js';
import { namedOptions, OPTION_KINDS, optionsObjection, TLS_KEYS } from './options.js';

type Struct = Extract<Shape, { kind: 'struct' }>;
/** The shapes are Toxiproxy's Go types, the logger that it leaks included: they decide the error texts. */
const logger: Shape = { kind: 'pointer', to: { kind: 'struct', name: 'Logger', type: 'zerolog.Logger', fields: {} } };
const optional = (kinds: Readonly<Record<string, 'bool' | 'int64' | 'string'>>): Record<string, Shape> =>
	Object.fromEntries(Object.entries(kinds).map(([key, kind]) => [key, { kind: 'pointer', to: { kind } }]));
const raw: Shape = { kind: 'raw' };
const options = { ...optional(OPTION_KINDS), ...Object.fromEntries(TLS_KEYS.map((key) => [key, raw])) };
const scope = optional(Object.fromEntries(Object.entries(SCOPE_FIELDS).map(([key, { kind }]) => [key, kind as 'int64' | 'string'])));
const fields = { name: { kind: 'string' }, listen: { kind: 'string' }, upstream: { kind: 'string' } } as const;
const PROXY: Struct = {
	kind: 'struct',
	name: 'Proxy',
	type: 'toxiproxy.Proxy',
	fields: { ...fields, enabled: { kind: 'bool' }, Logger: logger, toxics: { kind: 'raw' }, ...options },
};
const ENTRY_TYPE = 'struct { toxiproxy.Proxy; Enabled *bool "json:\\"enabled\\"" }';
const ENTRY: Struct = {
	kind: 'struct',
	name: '',
	type: ENTRY_TYPE,
	fields: { ...fields, enabled: { kind: 'pointer', to: { kind: 'bool' } }, Logger: logger, toxics: { kind: 'raw' }, ...options },
};
const ENTRIES: Shape = { kind: 'slice', type: `[]${ENTRY_TYPE}`, of: ENTRY };
const NOOP: Struct = { kind: 'struct', name: 'NoopToxic', type: 'toxics.NoopToxic', fields: {} };
const TOXIC: Struct = {
	kind: 'struct',
	name: 'ToxicWrapper',
	type: 'toxics.ToxicWrapper',
	fields: {
		attributes: { kind: 'interface', type: 'toxics.Toxic', holds: NOOP },
		name: { kind: 'string' },
		type: { kind: 'string' },
		stream: { kind: 'string' },
		toxicity: { kind: 'float32' },
		...scope,
	},
};

const CHANGE_TYPE = 'struct { Attributes interface {} "json:\\"attributes\\""; Toxicity float32 "json:\\"toxicity\\"" }';
const KINDS = { int64: 'int64', int: 'int', float: 'float64', string: 'string', boolean: 'bool' } as const;
const attributesOf = (info: ToxicInfo): Shape => {
	const shapes = Object.entries(info.attributes).map(([key, { kind }]) => [key, { kind: KINDS[kind] }] as const);
	return {
		kind: 'interface',
		type: 'interface {}',
		holds: { kind: 'struct', name: info.goType, type: `toxics.${info.goType}`, fields: Object.fromEntries(shapes) },
	};
};

const decodeBody = (body: Uint8Array | Node, shape: Shape, defaults?: Record<string, unknown>): unknown => {
	try {
		return decode(body, shape, defaults);
	} catch (error) {
		throw error instanceof GoJsonError ? badBody(error) : error;
	}
};

/** Toxics and options are not Toxiproxy's here, and absent unless somebody names them. */
export interface Entry {
	name: string;
	listen: string;
	upstream: string;
	enabled: boolean;
	toxics: ToxicState[];
	options: Partial<ProxyOptions>;
}

interface Decoded {
	name: string;
	listen: string;
	upstream: string;
	enabled: boolean | null;
	toxics: Node | null;
	[option: string]: unknown;
}

const readOptions = (input: Decoded, where = '', now?: Readonly<ProxyOptions>): Partial<ProxyOptions> => {
	let objection: string | null;
	try {
		const named = namedOptions(input, now);
		objection =
			(named.tls || named.upstreamTls) && isUdp(input.upstream) ? 'tls and upstream_tls are for connections, not for datagrams' : optionsObjection(named);
		if (objection === null) return named;
	} catch (error) {
		if ((error as { code?: string }).code !== 'E_TLS') throw error;
		objection = (error as Error).message;
	}
	throw new Failure(400, objection + where);
};

const toEntry = (input: Decoded, infos: Infos, where: string): Entry => {
	const { name, listen, upstream, enabled } = input;
	const objection = transportObjection(listen, upstream);
	if (objection) throw new Failure(400, objection + where);
	const toxics = readEntryToxics(input.toxics, placed(infos, upstream), where);
	return { name, listen, upstream, enabled: enabled ?? true, toxics, options: readOptions(input, where) };
};

export const readProxy = (body: Uint8Array, infos: Infos): Entry => {
	const input = decodeBody(body, PROXY, { enabled: true }) as Decoded;
	if (input.name === '') throw missing('name');
	if (input.upstream === '') throw missing('upstream');
	return toEntry(input, infos, '');
};

/** What is absent stays as it is. The name is not changed, nor are toxics. */
export const readProxyChange = (
	body: Uint8Array,
	now: { listen: string; upstream: string; enabled: boolean; options: Readonly<ProxyOptions> },
): { change: { listen: string; upstream: string; enabled: boolean }; options: Partial<ProxyOptions> } => {
	const input = decodeBody(body, PROXY, { listen: now.listen, upstream: now.upstream, enabled: now.enabled }) as Decoded;
	const objection = transportObjection(input.listen, input.upstream, now.upstream);
	if (objection) throw new Failure(400, objection);
	return { change: { listen: input.listen, upstream: input.upstream, enabled: input.enabled === true }, options: readOptions(input, '', now.options) };
};

/** The body of /populate, and a config file: all of it is checked before anything is made. Toxiproxy ignores toxics here. */
export const readEntries = (body: Uint8Array, infos: Infos): Entry[] => {
	const input = (decodeBody(body, ENTRIES) ?? []) as Decoded[];
	input.forEach(({ name, upstream }, i) => {
		if (name === '') throw missing(`name at proxy ${i + 1}`);
		if (upstream === '') throw missing(`upstream at proxy ${i + 1}`);
	});
	return input.map((entry, i) => toEntry(entry, infos, ` at proxy ${i + 1}`));
};

const readEntryToxics = (node: Node | null, infos: Infos, where: string): ToxicState[] => {
	if (node?.kind !== 'array') return [];
	const toxics: ToxicState[] = [];
	node.items.forEach((item, i) => {
		const at = `in toxic ${i + 1}${where}`;
		try {
			const toxic = readToxic(item, infos);
			if (toxics.some(({ name }) => name === toxic.name)) throw toxicExists();
			toxics.push(toxic);
		} catch (error) {
			throw error instanceof Failure ? new Failure(400, `${error.message} ${at}`) : error;
		}
	});
	return toxics;
};

/** The types of toxics that work on this proxy; the others are a 400 that says why. */
export const placed =
	(infos: Infos, upstream: string): Infos =>
	(type) => {
		const info = infos(type);
		const objection = info && misplaced(type, isUdp(upstream));
		if (objection) throw new Failure(400, objection);
		return info;
	};

/** In Toxiproxy's order: the body's form, stream, type, then (`free`) the name, then the attributes of that type. */
export const readToxic = (body: Uint8Array | Node, infos: Infos, free?: (name: string) => void): ToxicState => {
	const node = body instanceof Uint8Array ? scanned(body) : body;
	const input = decodeBody(node, TOXIC, { stream: 'downstream', toxicity: 1 }) as ToxicState & Record<string, unknown>;
	const { type, stream, toxicity } = input;
	if (!['upstream', 'downstream'].includes(stream.toLowerCase())) throw invalidStream();
	const name = input.name === '' ? `${type}_${stream}` : input.name;
	const info = infos(type);
	if (!info) throw invalidType();
	free?.(name);
	const { attributes } = readAttributes(node, info, {});
	return { name, type, stream, toxicity, attributes, ...readScope(input) };
};

export type ToxicChange = { toxicity?: number; attributes: ToxicState['attributes'] } & ToxicScope;

/** Toxicity, scope and attributes are merged into what is there; all else is ignored. The same toxicity again is no change. */
export const readToxicChange = (body: Uint8Array, info: ToxicInfo, now: ToxicState): ToxicChange => {
	const { attributes, toxicity, input } = readAttributes(scanned(body), info, now.attributes, { toxicity: { kind: 'float32' }, ...scope }, now.toxicity);
	return { attributes, ...(toxicity !== now.toxicity && { toxicity }), ...readScope(input, now) };
};

const scopeOf = (toxic: ToxicScope): ToxicScope => Object.fromEntries(Object.entries(toxic).filter(([key]) => Object.hasOwn(SCOPE_FIELDS, key)));

const readScope = (input: Record<string, unknown>, now: ToxicScope = {}): ToxicScope => {
	const named = Object.fromEntries(
		Object.keys(SCOPE_FIELDS).flatMap((key) => (input[key] === null || input[key] === undefined ? [] : [[key, input[key]]])),
	) as ToxicScope;
	const objection = scopeObjection({ ...scopeOf(now), ...named });
	if (objection) throw new Failure(400, objection);
	return named;
};

const scanned = (body: Uint8Array): Node => {
	try {
		return scan(body);
	} catch (error) {
		throw error instanceof GoJsonError ? badBody(error) : error;
	}
};

const readAttributes = (node: Node, info: ToxicInfo, now: ToxicState['attributes'], more: Record<string, Shape> = {}, toxicity = 1) => {
	const shape: Shape = { kind: 'struct', name: '', type: CHANGE_TYPE, fields: { attributes: attributesOf(info), ...more } };
	const zeroes = Object.fromEntries(Object.entries(info.attributes).map(([key, of]) => [key, of.default]));
	const input = decodeBody(node, shape, { attributes: { value: { ...zeroes, ...now }, emptied: false }, toxicity }) as {
		attributes: { value: ToxicState['attributes'] };
		toxicity: number;
		[scope: string]: unknown;
	};
	const attributes = input.attributes.value;
	const objection = info.objection(attributes);
	if (objection) throw new Failure(400, objection);
	return { toxicity: input.toxicity, attributes, input };
};
