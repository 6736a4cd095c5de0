import test from 'ava';
import type { RunResult } from '../../src/model/run.js';
import { daruma, scratch } from './daruma.js';
import { experimentOf, write } from './experiment.js';
import { Marked } from './leftovers.js';

test.serial('a killed node is restarted by the supervisor, and the heal finds it running; the history says who did it', async (t) => {
	const mark = new Marked();
	const cwd = scratch(t);
	write(cwd, {
		cluster: { replicas: 2, builtin: { http: { serviceMs: 5 } } },
		fault: { kind: 'kill', target: 'n2', for: '6s' },
		recovery: { do: 'restart', detect: { every: '100ms', fall: 2, rise: 1 } },
		expect: { availability: '>= 1%' },
		after: '500ms',
	});
	const ran = await daruma(['verify', '--json'], { cwd, env: mark.env });
	t.true([0, 1, 3].includes(ran.code!), ran.stdout + ran.stderr);
	t.deepEqual((await mark.gone(1000)).left, []);
	const found = experimentOf(ran.stdout) as RunResult['experiments'][number];
	const [fault] = found.events;
	const [restart] = found.recoveries ?? [];
	t.like(restart, { action: 'restart', target: 'n2', by: 'supervisor', seenBy: 'probe', attempt: 1, ok: true });
	t.true(restart!.beganMs >= fault!.effectiveMs!);
	t.true(fault!.healedMs! >= restart!.endedMs, 'a heal waits for a recovery that is under way');
	t.is(found.metrics.outAtOnce!.value, 1);
	t.true(found.metrics.recoveryMs!.value! > 0);
	t.true(['recoveryStorm', 'outAtOnce', 'recoveryFailed'].every((name) => found.checks.some((check) => check.name === name && !check.asked)));
});
