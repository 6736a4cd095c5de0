// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such text is what users write
import test from 'ava';
import { reveal, variablesOf } from '../../src/workload/secrets.js';

const ENV = { TOKEN: 's3cret', EMPTY: '', NESTED: '${TOKEN}' };
for (const [text, names, shown] of [
	['plain', [], 'plain'],
	['Bearer ${TOKEN}', ['TOKEN'], 'Bearer s3cret'],
	['${TOKEN}:${TOKEN}', ['TOKEN'], 's3cret:s3cret'],
	['$${TOKEN}', [], '${TOKEN}'],
	['[${EMPTY}]', ['EMPTY'], '[]'],
	['${NESTED}', ['NESTED'], '${TOKEN}'],
	['${ABSENT}', ['ABSENT'], '${ABSENT}'],
	['$TOKEN {TOKEN} ${to ken}', [], '$TOKEN {TOKEN} ${to ken}'],
] as const) {
	test(text, (t) => {
		t.deepEqual(variablesOf(text), [...names]);
		t.is(reveal(text, ENV), shown);
	});
}
