import { readFileSync } from 'node:fs';
import test from 'ava';
import type { AttributeInfo } from '../../src/proxy/contract.js';
import { TOXICS } from '../../src/proxy/toxics/index.js';
import { SCOPE_FIELDS } from '../../src/proxy/toxics/scope.js';

const page = readFileSync(new URL('../../../docs/proxy.md', import.meta.url), 'utf8');

const named = (attributes: readonly [string, AttributeInfo][]): string =>
	attributes.map(([key, { default: value }]) => (value === 0 || value === false || value === '' ? `\`${key}\`` : `\`${key}\`=${value}`)).join(' ');

test('the table of toxics in docs/proxy.md is the registry', (t) => {
	const rows = [...TOXICS.values()].map(({ type, attributes, summary }) => {
		const all = Object.entries(attributes);
		return `| \`${type}\` | ${named(all.filter(([, { additional }]) => !additional))} | ${named(all.filter(([, { additional }]) => additional))} | ${summary} |`;
	});
	const written = page.split('\n').filter((line) => line.startsWith('| `') && TOXICS.has(/^\| `(\w+)`/.exec(line)?.[1] ?? ''));
	t.deepEqual(written, rows, `the table should read:\n${rows.join('\n')}`);
});

test('every field of a scope is told', (t) => {
	for (const key of Object.keys(SCOPE_FIELDS)) t.true(page.includes(`| \`${key}\` |`), key);
});
