import test from 'ava';
import type { ClientSpec } from '../../src/model/plan.js';
import { SUBJECTS } from '../../src/subjects/index.js';
import type { Stage } from '../../src/subjects/subject.js';

test('the built-in client starts nothing: the generator is the subject', async (t) => {
	const client = await SUBJECTS.client();
	const spec: ClientSpec = { kind: 'client', policy: 'p2c', weights: {}, retry: null, timeoutMs: null, deadlineMs: null, ejection: null };
	t.deepEqual(await client.check(spec), { policy: 'p2c' });
	const subject = await client.start(spec, {} as Stage);
	t.is(subject.target, null);
	t.deepEqual(await subject.witness([]), []);
	await subject.stop();
});

test('every kind of subject can be loaded', async (t) => {
	for (const load of Object.values(SUBJECTS)) t.is(typeof (await load()).start, 'function');
});
