// biome-ignore-all lint/suspicious/noTemplateCurlyInString: nginx' own variables are what is tested
import test from 'ava';
import { applyEdits, type Directive, parseNginxConf, planWitness, walk } from '../../src/wire/nginx-conf.js';

const read = (text: string): Directive[] => {
	const parsed = parseNginxConf(text);
	if (!parsed.ok) throw new Error(`${parsed.line}: ${parsed.why}`);
	return parsed.directives;
};
const shape = (text: string): string[] => [...walk(read(text))].map((d) => `${d.line} ${[d.name, ...d.args].join('·')}${d.block ? '{}' : ''}`);

for (const [name, text, told] of [
	['comments and blanks', '# a { b\nx 1; # ; }\n\ty 2;', ['2 x·1', '3 y·2']],
	['nested blocks closed together', 'a{b c{d;}}e;', ['1 a{}', '1 b·c{}', '1 d', '1 e']],
	['quotes hold ; { } and #', `log_format x 'a;{}#\\'b' "c\\"";`, [`1 log_format·x·a;{}#'b·c"`]],
	['a variable in braces ends no word', 'return 200 ${host}x;', ['1 return·200·${host}x']],
	['a } within a word is a letter', 'location ~ ^/a}b { x; }', ['1 location·~·^/a}b{}', '1 x']],
	['# within a word is a letter', 'rewrite ^/a#b /c;', ['1 rewrite·^/a#b·/c']],
	['an escaped blank', 'root /a\\ b;', ['1 root·/a\\ b']],
	['a quoted word over two lines', "a 'x\ny';\nb;", ['1 a·x\ny', '3 b']],
	['a map with a quoted expression', 'map $a $b { default 0; "~^x{2}" 1; }', ['1 map·$a·$b{}', '1 default·0', '1 ~^x{2}·1']],
	['nothing', ' \n#x', []],
] as const) {
	test(name, (t) => t.deepEqual(shape(text), [...told]));
}

for (const [text, line, why] of [
	['a {\n b;\n', 3, /"a" is not closed/],
	['a;\n}', 2, /unexpected "}"/],
	['a\n', 2, /unexpected end of file/],
	[';', 1, /unexpected ";"/],
	['{', 1, /unexpected "{"/],
	["a 'b", 1, /quote/],
	['a { b }', 1, /unexpected "}"/],
	['http { content_by_lua_block { x = "}" } }', 1, /another language/],
] as const) {
	test(`cannot be read: ${JSON.stringify(text)}`, (t) => {
		const parsed = parseNginxConf(text);
		t.false(parsed.ok);
		if (!parsed.ok) {
			t.is(parsed.line, line);
			t.regex(parsed.why, why);
		}
	});
}

test('offsets are those of the directive, so that edits move nothing else', (t) => {
	const text = 'a 1;\nb {\n\tc "2";\n}\n';
	const [a, b] = read(text) as [Directive, Directive];
	t.is(text.slice(a.start, a.end), 'a 1;');
	t.is(text.slice(b.start, b.end), 'b {\n\tc "2";\n}');
	t.is(text.slice(b.block!.open, b.block!.close), '\n\tc "2";\n');
	const edited = applyEdits(text, [
		{ from: b.block!.open, to: b.block!.open, text: ' x;' },
		{ from: a.start, to: a.end, text: '' },
		{ from: b.block!.open, to: b.block!.open, text: ' y;' },
	]);
	t.is(edited, '\nb { x; y;\n\tc "2";\n}\n');
});

const planned = (text: string): string => {
	const plan = planWitness(read(text), 'F;', 'L;', []);
	return plan.ok ? applyEdits(text, plan.edits) : plan.why;
};
for (const [name, text, told] of [
	['at the head of http', 'http { server { x; } }', 'http { F; L; server { x; } }'],
	['beside a log of the same block', 'http { access_log a; }', 'http { F; L; access_log a; }'],
	[
		'again where a log further in would hide it',
		'http { server { access_log a; location / { x; } } }',
		'http { F; L; server { L; access_log a; location / { x; } } }',
	],
	['off is taken out', 'http { server { location / { access_log off; } } }', 'http { F; L; server { location / { L;  } } }'],
	['off at the top', 'http { access_log off; }', 'http { F; L;  }'],
	['within if', 'http { server { location / { if ($a) { access_log off; } } } }', 'http { F; L; server { location / { if ($a) { L;  } } } }'],
	['no http block', 'stream { x; }', 'the file has no http block'],
	['two of them', 'http { } http { }', 'the file has more than one http block'],
] as const) {
	test(`witness: ${name}`, (t) => t.is(planned(text), told));
}

test('witness: an included log cannot be edited', (t) => {
	t.deepEqual(planWitness(read('http { include x; }'), 'F;', 'L;', read('server { access_log a; }')), {
		ok: false,
		why: 'an included file has an access_log of its own',
	});
});
