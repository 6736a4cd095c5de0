import test from 'ava';
import { hash } from '../../src/policies/hash.js';

test('xxHash32, by its published vectors', (t) => {
	const vectors: [text: string, seed: number, hash: number][] = [
		['', 0, 0x02cc5d05],
		['', 0x9e3779b1, 0x36b78ae7],
		['a', 0, 0x550d7456],
		['abc', 0, 0x32d153ff],
		['Nobody inspects the spammish repetition', 0, 0xe2293b2f],
	];
	for (const [text, seed, expected] of vectors) t.is(hash(text, seed), expected, text);
});

test('names that differ in one digit are spread evenly', (t) => {
	const bins = new Array<number>(16).fill(0);
	for (let i = 0; i < 16_000; i++) bins[hash(`user ${i}`) >>> 28]! += 1;
	const chi2 = bins.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
	t.true(chi2 < 37.7, `χ² ${chi2} with 15 degrees of freedom, p > 0.001`);
});

test('UTF-8: what is no ASCII has a hash of its own', (t) => {
	t.is(new Set(['é', 'e', 'Ã©', '😀', '\ud800'].map((text) => hash(text))).size, 5);
});
