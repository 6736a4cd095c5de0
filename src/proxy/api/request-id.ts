import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789abcdefghijklmnopqrstuv';
const machine = randomBytes(3);
let counter = randomBytes(3).readUIntBE(0, 3);

/** An xid, as Toxiproxy names its requests: seconds, machine, process and a counter in 20 characters that sort by time. */
export const requestId = (nowMs = Date.now()): string => {
	const bytes = Buffer.alloc(12);
	bytes.writeUInt32BE(Math.floor(nowMs / 1000) >>> 0, 0);
	machine.copy(bytes, 4);
	bytes.writeUInt16BE(process.pid & 0xffff, 7);
	counter = (counter + 1) & 0xffffff;
	bytes.writeUIntBE(counter, 9, 3);
	let text = '';
	let held = 0;
	let bits = 0;
	for (const byte of bytes) {
		held = (held << 8) | byte;
		bits += 8;
		while (bits >= 5) {
			bits -= 5;
			text += ALPHABET[(held >> bits) & 31];
			held &= (1 << bits) - 1;
		}
	}
	return text + ALPHABET[(held << (5 - bits)) & 31];
};
