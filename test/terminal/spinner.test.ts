import { Writable } from 'node:stream';
import test from 'ava';
import { canAnimate, createSpinner } from '../../src/terminal/spinner.js';

const stream = (shape: { isTTY?: boolean; columns?: number }) => {
	const written: string[] = [];
	const made = new Writable({
		write(chunk, _encoding, done) {
			written.push(String(chunk));
			done();
		},
	});
	return Object.assign(made, shape, { written, cursorTo: () => true, clearLine: () => true, moveCursor: () => true, getColorDepth: () => 1 });
};

test('only a terminal with columns, and no CI', (t) => {
	t.true(canAnimate(stream({ isTTY: true, columns: 80 }), {}));
	t.false(canAnimate(stream({ isTTY: true, columns: 0 }), {}), 'ora would loop for ever');
	t.false(canAnimate(stream({ isTTY: true, columns: 80 }), { CI: 'true' }));
	t.false(canAnimate(stream({ isTTY: true, columns: 80 }), { TERM: 'dumb' }));
	t.false(canAnimate(stream({ columns: 80 }), {}));
});

test('without animation: lines that stay, and no frames', async (t) => {
	const pipe = stream({});
	const spinner = await createSpinner(pipe, {});
	spinner.text('1/10 s');
	spinner.line('n2: kill effective');
	spinner.text('2/10 s');
	spinner.stop();
	t.deepEqual(pipe.written, ['n2: kill effective\n']);
});

test('with animation: a clipped moving line, and lines that stay', async (t) => {
	const tty = stream({ isTTY: true, columns: 20 });
	const spinner = await createSpinner(tty, {});
	spinner.text('a text that is much longer than the terminal');
	spinner.line('stays');
	spinner.stop();
	const all = tty.written.join('');
	t.true(all.includes('stays\n'));
	t.true(all.includes('a text that …'), all);
	t.false(all.includes('longer'));
});
