import test from 'ava';
import { ejection } from '../../src/resilience/ejection.js';

const three = { failures: 3, forMs: 1000, maxShare: 0.5 };

test('three failures in a row put a node out, a success in between does not', (t) => {
	const e = ejection(three, 4);
	for (const ok of [false, false, true, false, false]) e.done(0, e.sent(0), ok, 0);
	t.true(e.eligible(0, 0));
	e.done(0, e.sent(0), false, 0);
	t.false(e.eligible(0, 999));
	t.is(e.out, 1);
});

test('after forMs one trial at a time; its failure starts forMs again, its success brings the node back', (t) => {
	const e = ejection(three, 4);
	for (let i = 0; i < 3; i++) e.done(0, e.sent(0), false, 0);
	t.true(e.eligible(0, 1000));
	const trial = e.sent(0);
	t.false(e.eligible(0, 1000), 'one is in flight');
	e.done(0, trial, false, 1100);
	t.false(e.eligible(0, 2099));
	t.true(e.eligible(0, 2100));
	e.done(0, e.sent(0), true, 2150);
	t.true(e.eligible(0, 2150));
	t.is(e.out, 0);
	const [a, b] = [e.sent(0), e.sent(0)];
	e.done(0, a, false, 2200);
	e.done(0, b, false, 2200);
	t.true(e.eligible(0, 2200), 'the count starts afresh');
});

test('a trial that nobody waited for frees its place and says nothing', (t) => {
	const e = ejection(three, 4);
	for (let i = 0; i < 3; i++) e.done(0, e.sent(0), false, 0);
	e.done(0, e.sent(0), null, 1500);
	t.true(e.eligible(0, 1500));
	t.is(e.out, 1);
});

test('what was sent before the ejection changes nothing after it', (t) => {
	const e = ejection(three, 4);
	const early = e.sent(0);
	for (let i = 0; i < 3; i++) e.done(0, e.sent(0), false, 0);
	e.done(0, early, true, 500);
	t.false(e.eligible(0, 500));
});

test('at most maxShare of the nodes is out, and at least one may be', (t) => {
	const half = ejection({ ...three, failures: 1 }, 5);
	for (let node = 0; node < 5; node++) half.done(node, half.sent(node), false, 0);
	t.is(half.out, 2);
	const none = ejection({ ...three, failures: 1, maxShare: 0 }, 5);
	for (let node = 0; node < 5; node++) none.done(node, none.sent(node), false, 0);
	t.is(none.out, 1);
	const all = ejection({ ...three, failures: 1, maxShare: 1 }, 5);
	for (let node = 0; node < 5; node++) all.done(node, all.sent(node), false, 0);
	t.is(all.out, 5);
});
