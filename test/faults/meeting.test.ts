import test from 'ava';
import { meeting, type Stretch } from '../../src/faults/meeting.js';
import type { FaultSpec } from '../../src/model/plan.js';

const stretch = (kind: FaultSpec['kind'], fromMs: number, toMs: number, more: Partial<FaultSpec> = {}): Stretch => ({
	spec: { kind, target: 'n1', atMs: fromMs, forMs: toMs - fromMs, ...more },
	fromMs,
	toMs,
});
const delay = stretch('delay', 0, 10);

for (const [other, found] of [
	[stretch('kill', 10, 20), 'apart'],
	[stretch('kill', 4, 20), 'ended'],
	[stretch('term', 4, 6), 'ended'],
	[stretch('freeze', 4, 9), 'inside'],
	[stretch('freeze', 4, 10), /let the freeze end before/],
	[stretch('kill', 0, 5), /begin it later/],
	[stretch('error', 4, 6), /one fault at a time/],
	[stretch('partition', 4, 6), /one fault at a time/],
	[stretch('crash', 4, 6), /one fault at a time/],
] as const) {
	const { spec, fromMs, toMs } = other;
	test(`a delay from 0 to 10 and a ${spec.kind} from ${fromMs} to ${toMs}`, (t) => {
		for (const seen of [meeting(delay, other), meeting(other, delay)]) {
			if (typeof found === 'string') t.is(seen, found);
			else t.regex((seen as { refused: string }).refused, found);
		}
	});
}

test('nothing begins at a node whose process is dead, stopped or about to die', (t) => {
	for (const kind of ['kill', 'term', 'freeze', 'crash'] as const)
		for (const second of ['kill', 'delay', 'freeze'] as const)
			t.regex((meeting(stretch(kind, 0, 10), stretch(second, 5, 8)) as { refused: string }).refused, new RegExp(`during a ${kind}`));
});

test('a thawed node must be seen to answer through its tap', (t) => {
	const freeze = stretch('freeze', 2, 5);
	t.is(meeting(stretch('error', 0, 10), freeze), 'inside');
	t.is(meeting(stretch('delay', 0, 10, { latencyMs: 300, jitterMs: 200 }), freeze), 'inside');
	for (const [kind, more] of [['blackhole'], ['reset'], ['drop'], ['partition'], ['delay', { latencyMs: 501 }]] as const)
		t.regex((meeting(stretch(kind, 0, 10, more), freeze) as { refused: string }).refused, /cannot be seen to answer/);
});
