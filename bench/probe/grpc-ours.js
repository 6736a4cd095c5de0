// Our side of bench/probe/grpc.js: `grpc-ours.js PORT kept|fresh CHECKS IN-FLIGHT` prints CPU µs per check (user + system), and checks per second.
import { parseTarget } from '../../dist/src/model/target.js';
import { MonotonicClock, monotonicNs } from '../../dist/src/platform/clock.js';
import { loadProbe, openProber } from '../../dist/src/probes/index.js';

const [, , port, mode, checks, inFlight] = process.argv;
const clock = new MonotonicClock(monotonicNs());
const target = parseTarget(`grpc://127.0.0.1:${port}${mode === 'kept' ? '?multiplex=1' : ''}`);
const probe = await loadProbe('grpc');
const fresh = mode === 'fresh';

let left = 0;
let out = 0;
let done = () => {};
const probers = Array.from({ length: Number(inFlight) }, () => {
	const prober = openProber(probe, target, { clock, keepBody: false, maxBody: 1_048_576 }, (answer) => {
		if (answer.verdict !== 'ok') {
			console.error(answer);
			process.exit(1);
		}
		if (left-- > 0) prober.ask(fresh);
		else if (--out === 0) done();
	});
	return prober;
});
const round = (n) =>
	new Promise((resolve) => {
		done = resolve;
		left = n - probers.length;
		out = probers.length;
		for (const prober of probers) prober.ask(fresh);
	});

// As a prober that has run for a while: V8 compiles during the first thousands.
await round(Math.max(Math.round(Number(checks) / 2), probers.length));
const before = process.cpuUsage();
const began = clock.now();
await round(Number(checks));
const { user, system } = process.cpuUsage(before);
console.log(`${((user + system) / Number(checks)).toFixed(3)} ${((Number(checks) / (clock.now() - began)) * 1000).toFixed(0)}`);
process.exit(0);
