import type { FaultProxy, ToxicInfo, ToxicState } from '../contract.js';
import { SCOPE_FIELDS } from '../toxics/scope.js';
import { changedOptions } from './options.js';

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f', '"': '\\"', '\\': '\\\\' };

/** A string as Go's json.Marshal writes it: also <, >, & and the two line separators are escaped. */
export const goString = (text: string): string =>
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
	`"${text.replace(/[\u0000-\u001f"\\<>&\u2028\u2029]/g, (c) => SHORT[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;

/** Beyond 2^53 what a double lost is lost, but it stays an int64. */
const goInt = (n: number): string => {
	if (Number.isSafeInteger(n)) return String(n);
	const big = BigInt(n);
	return String(big >= 2n ** 63n ? 2n ** 63n - 1n : big);
};

const goFloat64 = (n: number): string => (Object.is(n, -0) ? '-0' : String(n));

/** The shortest decimal that reads back as the same float32: 0.7, not 0.699999988079071. */
export const goFloat32 = (n: number): string => {
	if (n === 0) return goFloat64(n);
	for (let digits = 1; digits < 10; digits++) {
		const short = Number(n.toPrecision(digits));
		if (Math.fround(short) === Math.fround(n)) return goFloat64(short);
	}
	return goFloat64(n);
};

const attribute = (value: number | string | boolean | undefined, kind: string): string => {
	if (typeof value === 'string') return goString(value);
	if (typeof value !== 'number') return String(value ?? false);
	return kind === 'float' ? goFloat64(value) : goInt(value);
};

export const printToxic = (toxic: ToxicState, info: ToxicInfo | undefined): string => {
	const attributes = Object.entries(info?.attributes ?? {})
		.filter(([key, { additional }]) => !additional || toxic.attributes[key] !== undefined)
		.map(([key, { kind }]) => `${goString(key)}:${attribute(toxic.attributes[key], kind)}`);
	const scope = Object.entries(SCOPE_FIELDS)
		.filter(([key]) => toxic[key as keyof typeof SCOPE_FIELDS] !== undefined)
		.map(([key, { kind }]) => `,"${key}":${attribute(toxic[key as keyof typeof SCOPE_FIELDS], kind)}`);
	return `{"attributes":{${attributes.join(',')}},"name":${goString(toxic.name)},"type":${goString(toxic.type)},"stream":${goString(toxic.stream)},"toxicity":${goFloat32(toxic.toxicity)}${scope.join('')}}`;
};

export type Infos = (type: string) => ToxicInfo | undefined;

export const printToxics = (proxy: FaultProxy, infos: Infos): string =>
	`[${proxy
		.toxics()
		.map((toxic) => printToxic(toxic, infos(toxic.type)))
		.join(',')}]`;

const printed = (proxy: FaultProxy, infos: Infos, leak: string): string => {
	const { name, listen, upstream, enabled, options } = proxy;
	const additional = changedOptions(options).map(([key, json]) => `,"${key}":${json}`);
	return `{"name":${goString(name)},"listen":${goString(listen)},"upstream":${goString(upstream)},"enabled":${enabled},${leak}"toxics":${printToxics(proxy, infos)}${additional.join('')}}`;
};

/** With the logger that Toxiproxy leaks, so that whoever compares bytes finds them. */
export const printProxy = (proxy: FaultProxy, infos: Infos): string => printed(proxy, infos, '"Logger":{},');

/** As POST /populate takes it. */
export const printEntry = (proxy: FaultProxy, infos: Infos): string => printed(proxy, infos, '');

/** Go sorts a map's keys by their bytes. */
export const printProxies = (proxies: readonly FaultProxy[], infos: Infos): string => {
	const sorted = [...proxies].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
	return `{${sorted.map((proxy) => `${goString(proxy.name)}:${printProxy(proxy, infos)}`).join(',')}}`;
};
