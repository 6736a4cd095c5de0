import test from 'ava';
import { Outlet } from '../../src/terminal/outlet.js';

class Pipe {
	text = '';
	writableLength = 0;
	reads = false;
	private drained: (() => void) | null = null;
	write(text: string): void {
		this.text += text;
		if (!this.reads) this.writableLength += text.length;
	}
	once(_: 'drain', fn: () => void): void {
		this.drained = fn;
	}
	drain(): void {
		this.writableLength = 0;
		this.drained?.();
		this.drained = null;
	}
}

test('a full pipe does not grow, and what is missing is told when there is room', (t) => {
	const pipe = new Pipe();
	const outlet = new Outlet(pipe, (n) => `lost ${n}\n`, 100);
	for (let i = 0; i < 1000; i++) outlet.line('123456789\n');
	t.is(pipe.writableLength, 100);
	t.is(outlet.dropped, 990);
	pipe.drain();
	t.true(pipe.text.endsWith('lost 990\n'));
	outlet.line('next\n');
	t.true(pipe.text.endsWith('lost 990\nnext\n'));
	for (let i = 0; i < 50; i++) outlet.line('123456789\n');
	outlet.last('end\n');
	t.regex(pipe.text, /lost \d+\nend\n$/);
});

test('whoever reads loses nothing, and one line may be longer than the bound', (t) => {
	const pipe = new Pipe();
	pipe.reads = true;
	const outlet = new Outlet(pipe, (n) => `lost ${n}\n`, 100);
	for (let i = 0; i < 1000; i++) outlet.line(`${'x'.repeat(i)}\n`);
	t.is(outlet.dropped, 0);
	t.is(pipe.text.split('\n').length, 1001);
});
