import test from 'ava';
import { FAULT_KINDS } from '../../src/model/fault.js';
import { daruma, scratch } from './daruma.js';
import { experimentOf, write } from './experiment.js';
import { Marked } from './leftovers.js';

/** Who may say that a fault was there: never the one who injected it. */
const SEEN_BY: Record<string, string> = { kill: 'waitpid', crash: 'waitpid', freeze: 'proc' };

for (const kinds of [FAULT_KINDS.slice(0, 3), FAULT_KINDS.slice(3, 6), FAULT_KINDS.slice(6)]) {
	test.serial(`${kinds.join(', ')} at once, each at its node: intended, effective, healed, and seen by somebody else`, async (t) => {
		const mark = new Marked();
		const cwd = scratch(t);
		const fault = kinds.map((kind, i) => ({ kind, target: `n${i + 1}`, for: '700ms' }));
		write(cwd, { cluster: { replicas: 4, builtin: { http: { serviceMs: 10 } } }, rate: 100, fault, expect: { availability: '>= 1%' } });
		const ran = await daruma(['verify', '--json'], { cwd, env: mark.env });
		t.true([0, 1, 3].includes(ran.code!), ran.stdout + ran.stderr);
		t.deepEqual((await mark.gone(1000)).left, []);
		const { events } = experimentOf(ran.stdout);
		t.deepEqual(events.map((event) => event.kind).sort(), [...kinds].sort());
		for (const { kind, intendedMs, effectiveMs, healedMs, by } of events) {
			t.is(by, SEEN_BY[kind] ?? 'probe', kind);
			t.true(effectiveMs! >= intendedMs - 1, kind);
			t.true(healedMs! >= effectiveMs! + 690, `${kind} lasted ${healedMs! - effectiveMs!} ms`);
		}
	});
}
