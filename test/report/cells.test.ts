import test from 'ava';
import { cellWidth, clip, clipMiddle } from '../../src/report/cells.js';

test('columns of a terminal, not characters', (t) => {
	for (const [text, width] of [
		['', 0],
		['abc', 3],
		['é', 1],
		['e\u0301', 1],
		['日本', 4],
		['😀', 2],
		['▁▂×', 3],
	] as const)
		t.is(cellWidth(text), width, text);
});

test('what does not fit is cut, and marked', (t) => {
	for (const [text, most, cut] of [
		['abcdef', 6, 'abcdef'],
		['abcdef', 5, 'abcd…'],
		['日本語', 5, '日本…'],
		['日本語', 4, '日…'],
		['abc', 1, '…'],
		['abc', 0, ''],
	] as const)
		t.is(clip(text, most), cut);
	t.is(clipMiddle('http://127.0.0.1:8080/health', 15), 'http://…/health');
	for (let most = 0; most < 30; most++)
		for (const text of ['http://127.0.0.1:8080/health', '日本語日本語日本語日本語']) t.true(cellWidth(clipMiddle(text, most)) <= most, `${text} ${most}`);
});
