import test from 'ava';
import { createLiveBlock } from '../../src/terminal/live-block.js';

const ESC = '\u001b[';
const stream = (isTTY: boolean, columns = 20) => {
	const written: string[] = [];
	return { isTTY, columns, written, write: (text: string) => void written.push(text) };
};

test('without a terminal: lines that stay, and no frames', (t) => {
	const pipe = stream(false);
	const block = createLiveBlock(pipe, {});
	block.draw(['frame']);
	block.line('n2 is down');
	block.done();
	t.deepEqual(pipe.written, ['n2 is down\n']);
	t.false(block.animated);
});

test('a frame wipes the one before, a line that stays goes above, and the cursor comes back once', (t) => {
	const terminal = stream(true);
	const block = createLiveBlock(terminal, {});
	block.draw(['a', 'b']);
	block.draw(['c']);
	block.line('stays');
	block.done();
	block.done();
	t.deepEqual(terminal.written, [`${ESC}?25la\nb\n`, `${ESC}2A${ESC}0Jc\n`, `${ESC}1A${ESC}0Jstays\nc\n`, `${ESC}?25h`]);
});

test('no line is longer than the terminal is wide; colours take no columns', (t) => {
	const terminal = stream(true, 8);
	const block = createLiveBlock(terminal, {});
	const red = `${ESC}31mabcdefg${ESC}39m`;
	block.draw([red, 'abcdefgh']);
	block.done();
	t.is(terminal.written[0], `${ESC}?25l${red}\nabcdef…\n`);
});
