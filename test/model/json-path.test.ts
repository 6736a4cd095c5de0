import test from 'ava';
import { atJsonPath, parseJsonPath } from '../../src/model/json-path.js';

test('paths', (t) => {
	t.deepEqual(parseJsonPath('$'), []);
	t.deepEqual(parseJsonPath('$.a[0]["b c"].d-e[\'f\'][-1]'), ['a', 0, 'b c', 'd-e', 'f', -1]);
	for (const wrong of ['', 'a', '$a', '$.', '$[', '$[x]', '$.a b', '$["a]', '$..a', '$["\\q"]']) t.is(parseJsonPath(wrong), null, wrong);
});

test('what stands there', (t) => {
	const doc = { a: [{ b: null }, 2], length: 'own' };
	t.is(atJsonPath(doc, ['a', 0, 'b']), null);
	t.is(atJsonPath(doc, ['a', 'length']), 2);
	t.is(atJsonPath(doc, ['length']), 'own');
	for (const nowhere of [['x'], ['a', 5], ['a', 0, 'b', 'c'], ['constructor'], ['a', 'map'], ['a', '0']])
		t.is(atJsonPath(doc, nowhere), undefined, nowhere.join());
});
