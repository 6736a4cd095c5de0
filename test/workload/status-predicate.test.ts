import test from 'ava';
import { statusIsOk } from '../../src/workload/status-predicate.js';

for (const [op, status, good, bad] of [
	['<', 400, [200, 399], [400, 503]],
	['<=', 404, [200, 404], [405]],
	['>', 199, [200, 503], [199]],
	['>=', 200, [200], [199]],
	['==', 204, [204], [200, 205]],
	['!=', 503, [200, 500], [503]],
] as const) {
	test(`status ${op} ${status}`, (t) => {
		for (const got of good) t.true(statusIsOk({ op, status }, got), String(got));
		for (const got of bad) t.false(statusIsOk({ op, status }, got), String(got));
	});
}
