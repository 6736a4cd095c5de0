import { usageError } from '../model/errors.js';
import { nearest } from '../model/nearest.js';

/** A number within limits; `whole` allows no fraction. */
export interface NumberField {
	type: 'number';
	default: number;
	min: number;
	max: number;
	whole?: true;
	/** For help and documentation. */
	about: string;
}
/** One of some words. */
export interface WordField<W extends string = string> {
	type: 'word';
	default: W;
	words: readonly W[];
	about: string;
}
export interface FlagField {
	type: 'flag';
	default: boolean;
	about: string;
}
export type Field = NumberField | WordField | FlagField;
export type Fields = Readonly<Record<string, Field>>;
export type Values<F extends Fields> = { -readonly [K in keyof F]: F[K] extends WordField<infer W> ? W : F[K] extends FlagField ? boolean : number };

const HOUR = 3_600_000;
/** A duration in ms, up to a day. */
export const ms = (fallback: number, about: string, min = 1): NumberField => ({ type: 'number', default: fallback, min, max: 24 * HOUR, about });
export const count = (fallback: number, about: string, min = 1, max = 100_000): NumberField => ({
	type: 'number',
	default: fallback,
	min,
	max,
	whole: true,
	about,
});
export const number = (fallback: number, min: number, max: number, about: string): NumberField => ({ type: 'number', default: fallback, min, max, about });
export const word = <const W extends string>(fallback: W, words: readonly W[], about: string): WordField<W> => ({
	type: 'word',
	default: fallback,
	words,
	about,
});
export const flag = (fallback: boolean, about: string): FlagField => ({ type: 'flag', default: fallback, about });

const show = (value: unknown): string => (typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value)));

/** What is wrong with detectors' data: nothing has been touched. */
export const wrong = (message: string, hint?: string): Error => usageError('E_DETECTOR', message, hint);

const expected = (field: Field, value: unknown): string | null => {
	if (field.type === 'flag') return typeof value === 'boolean' ? null : 'true or false';
	if (field.type === 'word') return (field.words as readonly unknown[]).includes(value) ? null : `one of ${field.words.join(', ')}`;
	const fits = typeof value === 'number' && value >= field.min && value <= field.max && (!field.whole || Number.isInteger(value));
	return fits ? null : `a ${field.whole ? 'whole ' : ''}number from ${field.min} to ${field.max}`;
};

/** The settings of a kind from data, absent ones at their defaults. @throws {DarumaError} E_DETECTOR: an unknown key, or a value that does not fit. */
export const readSettings = <F extends Fields>(kind: string, data: object, fields: F): Values<F> => {
	const known = Object.keys(fields);
	const values: Record<string, unknown> = {};
	for (const key of known) values[key] = fields[key]?.default;
	for (const [key, value] of Object.entries(data)) {
		if (key === 'kind' || value === undefined) continue;
		const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
		if (!field) {
			const near = nearest(key, known);
			throw wrong(`${kind}: unknown setting ${show(key)}`, near ? `did you mean ${near}?` : `it knows ${known.join(', ')}`);
		}
		const fits = expected(field, value);
		if (fits !== null) throw wrong(`${kind}: ${key} must be ${fits}, is ${show(value)}`);
		values[key] = value;
	}
	return values as Values<F>;
};
