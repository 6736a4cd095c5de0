// How long do `--version` and `--help` take, against a bare `node -e 0`? Interleaved, so that a busy moment hits all alike.
// Prints medians, ratios and their spread; asserts nothing. Usage: node bench/startup.js [ROUNDS, default 25, at least 15]
import { spawnSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

const run = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const rounds = Math.max(15, Number(process.argv[2] ?? 25) || 25);
const subjects = [
	{ name: 'node -e 0', args: ['-e', '0'] },
	{ name: 'daruma --version', args: [run, '--version'] },
	{ name: 'daruma --help', args: [run, '--help'] },
].map((subject) => ({ ...subject, times: [] }));

const once = ({ name, args }) => {
	const start = process.hrtime.bigint();
	const { status, stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
	const ms = Number(process.hrtime.bigint() - start) / 1e6;
	if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
	return ms;
};

const quantile = (values, q) => {
	const sorted = [...values].sort((a, b) => a - b);
	const at = (sorted.length - 1) * q;
	const low = sorted[Math.floor(at)];
	return low + (sorted[Math.ceil(at)] - low) * (at % 1);
};

for (const subject of subjects) once(subject); // fills the file and compile caches
for (let round = 0; round < rounds; round++) {
	// Another one first in each round: whoever runs first after a pause is a little slower.
	for (let i = 0; i < subjects.length; i++) {
		const subject = subjects[(i + round) % subjects.length];
		subject.times.push(once(subject));
	}
}

const ms = (value) => `${value.toFixed(1)} ms`.padStart(10);
const bare = subjects[0].times;
console.log(
	`node ${process.version}, Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model.trim() || process.arch}, ${Math.round(totalmem() / 2 ** 30)} GiB`.replace(
		'Linux',
		process.platform,
	),
);
console.log(`load ${loadavg()[0].toFixed(2)}, ${rounds} rounds, interleaved\n`);
console.log(
	`${'command'.padEnd(18)}${'median'.padStart(10)}${'p25'.padStart(10)}${'p75'.padStart(10)}   ratio to node -e 0, round by round: median (p25 … p75)`,
);
for (const { name, times } of subjects) {
	const ratios = times.map((time, round) => time / bare[round]);
	const ratio =
		name === subjects[0].name ? '' : `   ${quantile(ratios, 0.5).toFixed(2)} × (${quantile(ratios, 0.25).toFixed(2)} … ${quantile(ratios, 0.75).toFixed(2)})`;
	console.log(`${name.padEnd(18)}${ms(quantile(times, 0.5))}${ms(quantile(times, 0.25))}${ms(quantile(times, 0.75))}${ratio}`);
}
