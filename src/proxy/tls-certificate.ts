import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

/** Just enough DER (X.690) to write a certificate (RFC 5280): tag, length, content. */
const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
	const content = Buffer.concat(parts);
	if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
	const size = Buffer.from(content.length.toString(16).padStart(content.length > 0xff ? 4 : 2, '0'), 'hex');
	return Buffer.concat([Buffer.from([tag, 0x80 | size.length]), size, content]);
};
const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const bits = (bytes: Uint8Array, unused = 0): Buffer => der(0x03, Buffer.from([unused]), bytes);
const octets = (bytes: Uint8Array): Buffer => der(0x04, bytes);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const TRUE = der(0x01, Buffer.from([0xff]));

const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'));
const COMMON_NAME = '550403';
const EXTENSION = { keyUsage: '551d0f', extendedKeyUsage: '551d25', altNames: '551d11', constraints: '551d13', keyId: '551d0e' } as const;
const SERVER_AUTH = '2b06010505070301';
const CLIENT_AUTH = '2b06010505070302';

/** UTCTime, and from 2050 on GeneralizedTime (RFC 5280 4.1.2.5). */
const time = (ms: number): Buffer => {
	const digits = new Date(ms).toISOString().replace(/[-:T]|\..*$/g, '');
	return Number(digits.slice(0, 4)) < 2050 ? der(0x17, Buffer.from(`${digits.slice(2)}Z`)) : der(0x18, Buffer.from(`${digits}Z`));
};

const addressBytes = (address: string): Buffer => {
	if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
	// The URL parser writes any form of IPv6 in groups of hex digits.
	const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
	const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
	const [before, after] = [groups(head), groups(tail ?? '')];
	const zeroes = tail === undefined ? [] : Array(8 - before.length - after.length).fill('0');
	return Buffer.from([...before, ...zeroes, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex');
};
const altName = (name: string): Buffer => (isIP(name) ? der(0x87, addressBytes(name)) : der(0x82, Buffer.from(name, 'latin1')));

const extension = (kind: keyof typeof EXTENSION, value: Uint8Array, critical = false): Buffer =>
	sequence(oid(EXTENSION[kind]), ...(critical ? [TRUE] : []), octets(value));

const pem = (label: string, bytes: Buffer): string =>
	`-----BEGIN ${label}-----\n${bytes.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`;

const DAY_MS = 86_400_000;
/** Browsers take none that are valid for more than 398 days. */
const VALID_DAYS = 365;
const LOCAL = ['localhost', '127.0.0.1', '::1'];

/**
 * A certificate that vouches for itself, for localhost, 127.0.0.1, ::1 and `names` (names or addresses): ECDSA P-256, no
 * authority for others, valid from yesterday on for a year. A client trusts it by taking `cert` for its CA. Both in PEM.
 */
export const selfSigned = (names: readonly string[] = [], nowMs = Date.now()): { cert: string; key: string } => {
	const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const spki = publicKey.export({ type: 'spki', format: 'der' });
	const name = sequence(der(0x31, sequence(oid(COMMON_NAME), der(0x0c, Buffer.from('daruma proxy')))));
	const serial = randomBytes(16);
	// Positive, and not shorter than it says.
	serial[0] = ((serial[0] as number) & 0x7f) | 0x40;
	const begin = nowMs - DAY_MS;
	// The key is the last 65 bytes: an uncompressed point.
	const keyId = createHash('sha1').update(spki.subarray(-65)).digest();
	const body = sequence(
		der(0xa0, der(0x02, Buffer.from([2]))),
		der(0x02, serial),
		ECDSA_SHA256,
		name,
		sequence(time(begin), time(begin + VALID_DAYS * DAY_MS)),
		name,
		spki,
		der(
			0xa3,
			sequence(
				extension('constraints', sequence(), true),
				extension('keyUsage', bits(Buffer.from([0x80]), 7), true),
				extension('extendedKeyUsage', sequence(oid(SERVER_AUTH), oid(CLIENT_AUTH))),
				extension('altNames', sequence(...[...new Set([...LOCAL, ...names])].map(altName))),
				extension('keyId', octets(keyId)),
			),
		),
	);
	const cert = sequence(body, ECDSA_SHA256, bits(sign('sha256', body, privateKey)));
	return { cert: pem('CERTIFICATE', cert), key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string };
};
