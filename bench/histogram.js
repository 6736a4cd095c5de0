// Our histogram beside hdr-histogram-js (JavaScript and WebAssembly) and perf_hooks' createHistogram, interleaved, on the same values. Prints ratios with their spread; asserts nothing.
// Usage: node bench/histogram.js [ROUNDS, default 15]
import { existsSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { createHistogram } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

const module = new URL('../dist/src/model/histogram.js', import.meta.url);
if (!existsSync(fileURLToPath(module))) {
	console.log('skipped: dist/ is missing: npm run build');
	process.exit(0);
}
const { Histogram } = await import(module);
const { hdrBase64 } = await import(new URL('../dist/src/platform/hdr-log.js', import.meta.url));
const hdr = (await import('hdr-histogram-js')).default;
await hdr.initWebAssembly();

const rounds = Math.max(3, Number(process.argv[2] ?? 15) || 15);
const VALUES = 65_536;
const PASSES = 32;
/** Lognormal latencies about 2 ms, the same for all, from 0.01 ms to 1 s; half of the peers want whole µs. */
const ms = new Float64Array(VALUES);
const us = new Int32Array(VALUES);
let state = 7;
const uniform = () => {
	state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
	return (state + 0.5) / 0x80000000;
};
for (let i = 0; i < VALUES; i++) {
	const gauss = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
	ms[i] = Math.min(1000, 2 * Math.exp(1.2 * gauss));
	us[i] = Math.max(1, Math.round(ms[i] * 1000));
}

const options = { lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 };
const our = new Histogram();
const js = hdr.build({ ...options, bitBucketSize: 32 });
const wasm = hdr.build({ ...options, bitBucketSize: 32, useWebAssembly: true });
const native = createHistogram({ lowest: 1, highest: 60_000_000, figures: 3 });
let sink = 0;
// A loop each, written out, so that none is slower for having been compiled for many.
const peers = {
	'empty loop': () => {
		let sum = 0;
		for (let i = 0; i < VALUES; i++) sum += ms[i];
		sink = sum;
	},
	daruma: () => {
		for (let i = 0; i < VALUES; i++) our.record(ms[i]);
	},
	'hdr-histogram-js 32': () => {
		for (let i = 0; i < VALUES; i++) js.recordValue(us[i]);
	},
	'hdr-histogram-js wasm': () => {
		for (let i = 0; i < VALUES; i++) wasm.recordValue(us[i]);
	},
	'perf_hooks createHistogram': () => {
		for (let i = 0; i < VALUES; i++) native.record(us[i]);
	},
};
const names = Object.keys(peers);
const times = Object.fromEntries(names.map((name) => [name, []]));
for (let round = -1; round < rounds; round++) {
	for (let turn = 0; turn < names.length; turn++) {
		const name = names[(turn + Math.max(0, round)) % names.length];
		const from = process.hrtime.bigint();
		for (let pass = 0; pass < PASSES; pass++) peers[name]();
		if (round >= 0) times[name].push(Number(process.hrtime.bigint() - from) / (VALUES * PASSES));
	}
}

const at = (list, share) => list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(share * list.length))];
const text = (list, digits) => `${at(list, 0.5).toFixed(digits)} (${at(list, 0.25).toFixed(digits)} … ${at(list, 0.75).toFixed(digits)})`;
console.log(
	`node ${process.version}, ${cpus()[0]?.model}, load ${loadavg()[0].toFixed(1)}; ${rounds} rounds of ${PASSES} × ${VALUES} records, interleaved; median (p25 … p75)`,
);
console.log(`${'histogram'.padEnd(28)}${'ns a record'.padEnd(24)}times ours`);
for (const name of names) {
	const ratio = times[name].map((time, i) => time / times.daruma[i]);
	console.log(`${name.padEnd(28)}${text(times[name], 1).padEnd(24)}${text(ratio, 2)}`);
}
console.log(`memory: ours ${our.bytes} B here (1 s), 5376 B for 60 s; hdr-histogram-js 32 ${js.estimatedFootprintInBytes} B (3 digits, 60 s)`);
console.log(`V2 in base64: ours ${hdrBase64(our).length} B, hdr-histogram-js ${hdr.encodeIntoCompressedBase64(js).length} B`);
console.log(
	`p99: ours ${our.quantile(0.99).toFixed(3)} ms, hdr-histogram-js ${(js.getValueAtPercentile(99) / 1000).toFixed(3)} ms, exact ${at([...ms], 0.99).toFixed(3)} ms`,
);
if (Number.isNaN(sink)) console.log('never');
