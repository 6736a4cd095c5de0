import test from 'ava';
import { traceIdOf, traceParent } from '../../src/wire/trace-context.js';

test('an id goes there and back, and the header is of the right form', (t) => {
	for (const id of ['r0', 'r1', 'r17', 'r123456789']) {
		const header = traceParent(id, 0xffff_ffff);
		t.regex(header, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
		t.false(/-0{16}-/.test(header), 'a span id of zeros is invalid');
		t.is(traceIdOf(header), id);
	}
	t.not(traceParent('r1', 1), traceParent('r1', 2), 'two runs are two traces');
	t.is(traceParent('r1', 1), traceParent('r1', 1));
});

test('another span of the same trace is the same request; foreign traces are their own id', (t) => {
	const [, trace] = traceParent('r5', 9).split('-');
	t.is(traceIdOf(`00-${trace}-00f067aa0ba902b7-00`), 'r5');
	t.is(traceIdOf('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'), '4bf92f3577b34da6a3ce929d0e0e4736');
	t.is(traceIdOf('00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01'), '4bf92f3577b34da6a3ce929d0e0e4736');
	for (const wrong of ['', 'x', '00-00000000000000000000000000000000-00f067aa0ba902b7-01', '00-4bf92f3577b34da6-00f067aa0ba902b7-01'])
		t.is(traceIdOf(wrong), null);
});
