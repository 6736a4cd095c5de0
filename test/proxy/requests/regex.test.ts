import test from 'ava';
import { rng } from '../../../src/model/rng.js';
import { linearRegex } from '../../../src/proxy/requests/regex.js';

test('agrees with RegExp', (t) => {
	const sources = [
		'', 'a', 'abc', '^abc$', 'a|b|', '(a|b)*c', '(?:ab)+$', 'a{2}', 'a{2,}', 'a{0,2}b', 'x?y', '.', 'a.c', '[a-c]+', '[^a-c]', '[]', '[^]',
		'\\d+', '\\w\\W\\s*\\S', '\\D', '^\\/v[12]\\/', '[\\d-]x', '[a\\-c]', '(a*)*b', '(a|a)*$', '(^a)+', '$', '^$', 'a+?b', '\\x61\\u0062', '\\.',
		'((a{1,3}b?){2}c)*', '[\\]]', '[.*]', '(|a)+b', 'a{', '{', 'a{,2}', ']', '}',
	]; // biome-ignore format: a list
	const chance = rng(7);
	const letters = 'aabbcc1 /.-]{}*,2vxy\n';
	let checked = 0;
	for (const source of sources) {
		const ours = linearRegex(source);
		const theirs = new RegExp(source);
		for (let i = 0; i < 400; i++) {
			const text = Array.from({ length: Math.floor(chance.next() * 9) }, () => letters[Math.floor(chance.next() * letters.length)]).join('');
			t.is(ours(text), theirs.test(text), `/${source}/ on ${JSON.stringify(text)}`);
			checked++;
		}
	}
	t.is(checked, sources.length * 400);
});

test('random expressions: the same verdict as RegExp, or a refusal', (t) => {
	const chance = rng(11);
	const pieces = ['a', 'b', '.', '[ab]', '[^a]', '(', ')', '(?:', '|', '*', '+', '?', '{1,2}', '^', '$', '\\d', '\\', '[', ']', '{', 'c'];
	let both = 0;
	for (let i = 0; i < 4000; i++) {
		const source = Array.from({ length: 1 + Math.floor(chance.next() * 8) }, () => pieces[Math.floor(chance.next() * pieces.length)]).join('');
		let theirs: RegExp | null = null;
		try {
			theirs = new RegExp(source);
		} catch {}
		let ours: ((text: string) => boolean) | null = null;
		try {
			ours = linearRegex(source);
		} catch (error) {
			t.true((error as Error).message.length > 5);
		}
		if (!theirs) t.is(ours, null, `/${source}/ is none`);
		if (!ours || !theirs) continue;
		both++;
		for (const text of ['', 'a', 'ab', 'ba', 'aab', 'abc1', 'cab', '1', '{', '{1,2}', 'a{', ']']) t.is(ours(text), theirs.test(text), `/${source}/ on ${text}`);
	}
	t.true(both > 1000, `${both}`);
});

test('no expression makes it wait', (t) => {
	for (const source of ['(a+)+$', '(a|aa)+$', '(.*)*(.*)*(.*)*x', '(a?){30}a{30}b', '([a-z]+)*1']) {
		const test = linearRegex(source);
		const began = performance.now();
		t.false(test(`${'a'.repeat(4000)}!`), source);
		// RegExp would take longer than the universe has; the bound is generous, for busy machines.
		t.true(performance.now() - began < 5000, source);
	}
	for (const source of [
		'(?=a)',
		'(?<!a)',
		'\\1',
		'(?<n>a)',
		'\\bx',
		'a{1000}b{1000}',
		'(a{100}){100}',
		'('.repeat(60),
		'a**',
		'*',
		'+a',
		'(',
		')',
		'[',
		'a{2,1}',
		'[b-a]',
		'\\',
	]) {
		t.throws(() => linearRegex(source), undefined, source);
	}
});
