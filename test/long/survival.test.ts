import test from 'ava';
import { pullThePlug } from '../e2e/survival.js';

test('kill -9 at 20 random moments leaves nothing after 2 s', (t) => {
	t.timeout(600_000);
	return pullThePlug(t, 'SIGKILL', 20, 11, 2000);
});

test('SIGSTOP at 20 random moments leaves nothing but itself after its lease', (t) => {
	t.timeout(900_000);
	return pullThePlug(t, 'SIGSTOP', 20, 12, 9000);
});
