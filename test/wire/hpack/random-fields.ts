import type { Rng } from '../../../src/model/rng.js';
import type { Field } from '../../../src/wire/hpack/field.js';

export const fields = (...pairs: [name: string, value: string][]): Field[] => pairs.map(([name, value]) => ({ name, value }));

const NAMES = ['accept', 'cookie', 'user-agent', 'x-request-id', 'grpc-timeout', 'x-a', 'authorization', 'content-type', 'via', 'traceparent'];
const letters = (chance: Rng, length: number, alphabet: string): string => {
	let text = '';
	for (let i = 0; i < length; i++) text += alphabet[Math.floor(chance.next() * alphabet.length)];
	return text;
};
const LOWER = 'abcdefghijklmnopqrstuvwxyz0123456789-_';
const VISIBLE = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join('');
const ANY = Array.from({ length: 128 }, (_, i) => String.fromCharCode(128 + i)).join('') + VISIBLE;

/** Ordinary fields that any peer takes: known and unknown names, values that come again, secrets, and now and then a long one. */
export const randomFields = (chance: Rng): Field[] => {
	const list: Field[] = [];
	const count = Math.floor(chance.next() * 12);
	for (let i = 0; i < count; i++) {
		const known = chance.next() < 0.7;
		const name = known ? (NAMES[Math.floor(chance.next() * NAMES.length)] as string) : `x-${letters(chance, 1 + Math.floor(chance.next() * 20), LOWER)}`;
		const long = chance.next() < 0.03 ? 3000 : 40;
		const again = chance.next() < 0.5;
		const value = again ? `value ${Math.floor(chance.next() * 8)}` : letters(chance, Math.floor(chance.next() * long), chance.next() < 0.2 ? ANY : VISIBLE);
		list.push(chance.next() < 0.1 ? { name, value, never: true } : { name, value });
	}
	return list;
};
