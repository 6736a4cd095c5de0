import { EventEmitter } from 'node:events';
import test from 'ava';
import { openScreen } from '../../src/terminal/screen.js';

class Output extends EventEmitter {
	columns = 20;
	rows = 5;
	writableNeedDrain = false;
	written: string[] = [];
	write(text: string): void {
		this.written.push(text);
	}
}
class Input extends EventEmitter {
	isTTY = true;
	raw = false;
	flowing = false;
	setRawMode(on: boolean): void {
		this.raw = on;
	}
	resume(): void {
		this.flowing = true;
	}
	pause(): void {
		this.flowing = false;
	}
}

const open = () => {
	const [output, input] = [new Output(), new Input()];
	const keys: string[] = [];
	const signals: string[] = [];
	let resized = 0;
	const screen = openScreen(output, input, { key: (name) => keys.push(name), resized: () => resized++ }, (name) => signals.push(name));
	return { output, input, keys, signals, screen, resized: () => resized };
};
const exits = (): number => process.listenerCount('exit');

test('the terminal is given back as it was', (t) => {
	const before = exits();
	const { output, input, screen } = open();
	t.true(input.raw && input.flowing);
	t.regex(output.written.join(''), /\[\?1049h.*\[\?25l/);
	screen.draw(['a']);
	screen.close();
	screen.close();
	t.false(input.raw || input.flowing);
	t.deepEqual([output.listenerCount('resize'), input.listenerCount('data'), exits()], [0, 0, before]);
	t.is(output.written.filter((text) => text.includes('[?1049l')).length, 1);
	t.regex(output.written.at(-1) as string, /\[\?7h.*\[\?25h.*\[\?1049l/);
	screen.draw(['b']);
	t.notRegex(output.written.at(-1) as string, /b/);
});

test('only what differs is written', (t) => {
	const { output, screen } = open();
	screen.draw(['one', 'two', 'three']);
	output.written.length = 0;
	screen.draw(['one', 'TWO', 'three']);
	t.is(output.written.length, 1);
	t.regex(output.written[0] as string, /\[2;1HTWO/);
	t.notRegex(output.written[0] as string, /one|three/);
	screen.draw(['one', 'TWO', 'three']);
	t.is(output.written.length, 1);
	// A line that is gone is wiped.
	screen.draw(['one']);
	t.regex(output.written[1] as string, /\[2;1H.\[K.*\[3;1H.\[K/);
	screen.close();
});

test('a terminal that takes no more is shown a later frame', (t) => {
	const { output, screen } = open();
	output.writableNeedDrain = true;
	const before = output.written.length;
	screen.draw(['lost']);
	t.is(output.written.length, before);
	output.writableNeedDrain = false;
	screen.draw(['shown']);
	t.regex(output.written.at(-1) as string, /shown/);
	screen.close();
});

test('another size: everything is drawn anew', (t) => {
	const { output, screen, resized } = open();
	screen.draw(['same']);
	output.columns = 40;
	output.emit('resize');
	t.is(resized(), 1);
	t.is(screen.columns, 40);
	screen.draw(['same']);
	t.regex(output.written.at(-1) as string, /same/);
	screen.close();
});

test('keys', (t) => {
	const { input, keys, signals, screen } = open();
	for (const typed of ['q', 'jk', '\u001b[A', '\u001b[B', '\u001b[5~', '\u001b[6~', 'x', '\u001b[99~', '\u0003']) input.emit('data', Buffer.from(typed));
	t.deepEqual(keys, ['q', 'down', 'up', 'up', 'down', 'page-up', 'page-down']);
	t.deepEqual(signals, ['SIGINT']);
	screen.close();
});

test('without a terminal for keys there are none', (t) => {
	const input = new Input();
	input.isTTY = false;
	const screen = openScreen(new Output(), input, { key() {}, resized() {} }, () => {});
	t.false(input.raw || input.flowing);
	t.is(input.listenerCount('data'), 0);
	screen.close();
});
