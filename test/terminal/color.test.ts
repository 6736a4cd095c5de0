import test from 'ava';
import { PLAIN } from '../../src/report/style.js';
import { type ColorChoice, colorLevel, createStyle } from '../../src/terminal/color.js';

const cases: [name: string, choice: ColorChoice, level: number][] = [
	['a pipe', { isTTY: false, env: {} }, 0],
	['a terminal', { isTTY: true, env: { TERM: 'xterm' } }, 1],
	['256 colours', { isTTY: true, env: { TERM: 'xterm-256color' } }, 2],
	['true colour', { isTTY: true, env: { COLORTERM: 'truecolor' } }, 3],
	['a dumb terminal', { isTTY: true, env: { TERM: 'dumb' } }, 0],
	['NO_COLOR on a terminal', { isTTY: true, env: { NO_COLOR: '1', TERM: 'xterm' } }, 0],
	['an empty NO_COLOR says nothing', { isTTY: true, env: { NO_COLOR: '', TERM: 'xterm' } }, 1],
	['NO_COLOR wins over FORCE_COLOR', { isTTY: true, env: { NO_COLOR: '1', FORCE_COLOR: '3' } }, 0],
	['--no-color wins over all', { flag: false, isTTY: true, env: { FORCE_COLOR: '3' } }, 0],
	['FORCE_COLOR into a pipe', { isTTY: false, env: { FORCE_COLOR: '2' } }, 2],
	['FORCE_COLOR=true', { isTTY: false, env: { FORCE_COLOR: 'true' } }, 1],
	['FORCE_COLOR=0 on a terminal', { isTTY: true, env: { FORCE_COLOR: '0', TERM: 'xterm' } }, 0],
	['CI without a terminal', { isTTY: false, env: { CI: 'true', GITHUB_ACTIONS: 'true' } }, 0],
];
for (const [name, choice, level] of cases) test(`${name}: level ${level}`, (t) => t.is(colorLevel(choice), level as 0 | 1 | 2 | 3));

test('no colour is no chalk, colour is', async (t) => {
	t.is(await createStyle({ isTTY: false, env: {} }), PLAIN);
	const style = await createStyle({ isTTY: false, env: { FORCE_COLOR: '1' } });
	t.is(style.red('x'), '\u001b[31mx\u001b[39m');
	t.deepEqual(['x', 'y'].map(style.red), ['\u001b[31mx\u001b[39m', '\u001b[31my\u001b[39m']);
});
