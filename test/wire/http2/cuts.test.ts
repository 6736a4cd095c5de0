import test from 'ava';
import { rng } from '../../../src/model/rng.js';
import { FrameCuts } from '../../../src/wire/http2/cuts.js';
import { PREFACE } from '../../../src/wire/http2/preface.js';
import * as write from '../../../src/wire/http2/writer.js';

const block = new Uint8Array(50);
const FRAMES: [bytes: Uint8Array, type: number, stream: number][] = [
	[PREFACE, -1, 0],
	[write.settingsFrame([[1, 2]]), 4, 0],
	[write.SETTINGS_ACK, 4, 0],
	[write.headersFrame(1, block), 1, 1],
	[write.headersFrame(3, block, { maxFrameSize: 20 }), 9, 3],
	[write.headersFrame(5, new Uint8Array(0)), 1, 5],
	[write.pushPromiseFrame(1, 2, block, 16), 9, 1],
	[write.dataFrame(2 ** 31 - 1, new Uint8Array(300), true), 0, 2 ** 31 - 1],
	[write.dataFrame(1, new Uint8Array(0)), 0, 1],
	[write.frameBytes(200, 255, 7, new Uint8Array(3)), 200, 7],
	[write.rstStreamFrame(1, 8), 3, 1],
];
const ALL = Buffer.concat(FRAMES.map(([bytes]) => bytes));

test('frames end where they end, whatever the cuts; CONTINUATION belongs to what it continues', (t) => {
	for (let seed = 0; seed < 200; seed++) {
		const chance = rng(seed);
		const cuts = new FrameCuts(PREFACE.length);
		const found: [number, number, number][] = [];
		let base = 0;
		let started = 0;
		t.false(cuts.between);
		while (base < ALL.length) {
			const view = ALL.subarray(base, base + 1 + Math.floor(chance.next() * (seed % 2 === 0 ? 5 : 200)));
			for (let at = 0; at < view.length; ) {
				if (cuts.between) started = base + at;
				const before = at;
				at = cuts.step(view, at, view.length);
				t.true(at > before);
				if (cuts.whole) found.push([base + at - started, cuts.type, cuts.stream]);
				t.is(cuts.between, cuts.whole);
				t.false(cuts.whole && cuts.undecided);
			}
			base += view.length;
		}
		t.deepEqual(
			found,
			FRAMES.map(([bytes, type, stream]) => [bytes.length, type, stream]),
		);
	}
});

test('what may go on is known with the ninth byte, of a header block only with its last', (t) => {
	const cuts = new FrameCuts();
	const step = (bytes: Uint8Array): void => void cuts.step(bytes, 0, bytes.length);
	const data = write.dataFrame(1, new Uint8Array(5));
	step(data.subarray(0, 8));
	t.true(cuts.undecided);
	step(data.subarray(8, 10));
	t.deepEqual([cuts.known, cuts.undecided, cuts.between, cuts.whole], [true, false, false, false]);
	step(data.subarray(10));
	t.deepEqual([cuts.known, cuts.undecided, cuts.between, cuts.whole], [false, false, true, true]);
	const head = write.headersFrame(1, block, { maxFrameSize: 30 });
	for (let i = 0; i < head.length - 1; i++) {
		step(head.subarray(i, i + 1));
		t.true(cuts.undecided && !cuts.between, `${i}`);
	}
	step(head.subarray(-1));
	t.false(cuts.undecided);
});
