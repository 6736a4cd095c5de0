// biome-ignore-all lint/suspicious/noTemplateCurlyInString: HAProxy's own variables are what is tested
import test from 'ava';
import { commentOut, haproxyWords, parseHaproxyConf } from '../../src/wire/haproxy-conf.js';

for (const [text, words] of [
	['  server a 127.0.0.1:1 check # c', ['server', 'a', '127.0.0.1:1', 'check']],
	['log-format "${X} %ci # y"', ['log-format', '${X} %ci # y']],
	["acl a hdr(x) 'a b' c\\ d \\#e", ['acl', 'a', 'hdr(x)', 'a b', 'c d', '#e']],
	["a ''", ['a', '']],
	['# all', []],
	['', []],
] as const) {
	test(`words of ${JSON.stringify(text)}`, (t) => t.deepEqual(haproxyWords(text), [...words]));
}

test('lines know their section', (t) => {
	t.deepEqual(
		parseHaproxyConf('global\n  a\n\n# x\ndefaults\n b\nfrontend f\n c').map((l) => `${l.line} ${l.section} ${l.words[0]}`),
		['1 global global', '2 global a', '5 defaults defaults', '6 defaults b', '7 frontend frontend', '8 frontend c'],
	);
});

test('what is commented out keeps its line', (t) => {
	t.is(commentOut('a\n  b c\nd', new Map([[2, 'why']])), 'a\n# b c  # why\nd');
});
