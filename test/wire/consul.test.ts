import test from 'ava';
import { judgeChecks, nextIndex, patienceMs, readCatalog, readHealth } from '../../src/wire/consul.js';

for (const [what, checks, expected] of [
	['no checks: Consul gives it out', [], { status: 'up' }],
	['all pass', [{ Status: 'passing' }, { Status: 'passing' }], { status: 'up' }],
	['a warning', [{ Status: 'warning', Name: 'disk' }], { status: 'up', detail: 'warning: disk', warning: true }],
	['critical beats warning', [{ Status: 'warning' }, { Status: 'critical', CheckID: 'c1' }], { status: 'down', detail: 'critical: c1' }],
	[
		'maintenance beats critical',
		[
			{ Status: 'critical', Name: 'x' },
			{ Status: 'critical', CheckID: '_service_maintenance:w1', Notes: 'moving' },
		],
		{ status: 'down', detail: 'maintenance mode: moving' },
	],
	['of the node', [{ Status: 'critical', CheckID: '_node_maintenance' }], { status: 'down', detail: 'maintenance mode' }],
	['no list', null, { status: 'unknown' }],
	['odd entries', [null, 7, { Status: 8 }], { status: 'up' }],
] as const) {
	test(`checks: ${what}`, (t) => t.deepEqual(judgeChecks(checks), expected as never));
}

test('health: the address of the service, else of its node; weights by state; what has no port is left out', (t) => {
	const entry = (service: object, checks: object[] = []) => ({ Node: { Address: '10.0.0.9' }, Service: service, Checks: checks });
	t.deepEqual(
		readHealth([
			entry({ Address: '10.0.0.1', Port: 80, Weights: { Passing: 10, Warning: 2 } }),
			entry({ Address: '', Port: 81, Weights: { Passing: 10, Warning: 2 } }, [{ Status: 'warning', Name: 'd' }]),
			entry({ Address: '10.0.0.2', Port: 0 }),
			entry({ Address: 'bad host', Port: 80 }),
			null,
			{ Service: null },
		]),
		[
			{ host: '10.0.0.1', port: 80, weight: 10, status: 'up' },
			{ host: '10.0.0.9', port: 81, weight: 2, status: 'up', detail: 'warning: d' },
		],
	);
	t.is(readHealth({ error: 'x' }), null);
	t.is(readCatalog('x'), null);
	t.deepEqual(readCatalog([{ Address: '10.0.0.9', ServiceAddress: '', ServicePort: 82 }]), [{ host: '10.0.0.9', port: 82, weight: 1, status: 'unknown' }]);
});

test('the index: forward is kept; backwards, none and nonsense begin anew', (t) => {
	for (const [before, header, after] of [
		[0n, '12', 12n],
		[12n, '12', 12n],
		[12n, '11', 0n],
		[12n, undefined, 0n],
		[12n, '-1', 0n],
		[12n, 'x', 0n],
		[0n, '0', 0n],
		[5n, '18446744073709551615', 18446744073709551615n],
	] as const) {
		t.is(nextIndex(before, header), after, `${before} ${header}`);
	}
	t.true(patienceMs(10_000) > (10_000 * 17) / 16);
});
