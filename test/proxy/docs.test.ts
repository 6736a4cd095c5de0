import { readFileSync } from 'node:fs';
import test from 'ava';
import { OPTION_KINDS, TLS_KEYS } from '../../src/proxy/api/options.js';
import { ORIGINATION, TERMINATION } from '../../src/proxy/api/tls-options.js';
import type { AttributeInfo } from '../../src/proxy/contract.js';
import { TOXICS } from '../../src/proxy/toxics/index.js';
import { SCOPE_FIELDS } from '../../src/proxy/toxics/scope.js';
import { misplaced } from '../../src/proxy/udp/toxics/index.js';

const page = readFileSync(new URL('../../../docs/proxy.md', import.meta.url), 'utf8');

const named = (attributes: readonly [string, AttributeInfo][]): string =>
	attributes.map(([key, { default: value }]) => (value === 0 || value === false || value === '' ? `\`${key}\`` : `\`${key}\`=${value}`)).join(' ');

test('the table of toxics in docs/proxy.md is the registry', (t) => {
	const rows = [...TOXICS.values()].map(({ type, attributes, summary }) => {
		const all = Object.entries(attributes);
		return `| \`${type}\` | ${named(all.filter(([, { additional }]) => !additional))} | ${named(all.filter(([, { additional }]) => additional))} | ${summary} |`;
	});
	const written = page.split('\n').filter((line) => line.split('|').length === 6 && TOXICS.has(/^\| `(\w+)`/.exec(line)?.[1] ?? ''));
	t.deepEqual(written, rows, `the table should read:\n${rows.join('\n')}`);
});

test('every field of a scope is told', (t) => {
	for (const key of Object.keys(SCOPE_FIELDS)) t.true(page.includes(`| \`${key}\` |`), key);
});

test('every toxic of datagrams is told, and no other', (t) => {
	const section = page.slice(page.indexOf('## Datagrams'), page.indexOf('## Commands'));
	const rows = section.split('\n').flatMap((line) => /^\| `(\w+)` \|/.exec(line)?.[1] ?? []);
	const told = rows.filter((type) => TOXICS.has(type));
	const works = [...TOXICS.keys()].filter((type) => misplaced(type, true) === null && type !== 'noop');
	t.deepEqual(told.sort(), works.sort());
});

test('every option of a proxy is told, and every field of TLS in its own table', (t) => {
	for (const key of [...Object.keys(OPTION_KINDS), ...TLS_KEYS]) t.true(page.includes(`| \`${key}\` |`), key);
	for (const [name, fields] of [
		['tls', TERMINATION],
		['upstream_tls', ORIGINATION],
	] as const) {
		const [, table = ''] = new RegExp(`\\| \`${name}\` \\| meaning \\|\\n\\|---\\|---\\|\\n((?:\\|.*\\n)*)`).exec(page) ?? [];
		t.deepEqual(
			[...table.matchAll(/^\| `(\w+)`/gm)].map(([, key]) => key),
			Object.keys(fields),
		);
	}
});
