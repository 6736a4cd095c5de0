import test from 'ava';
import { readInstances } from '../../src/wire/consul-instances.js';

const entry = (checks: object[], service: object = {}): object => ({
	Node: { Node: 'x', Address: '10.0.0.9' },
	Service: { ID: 'w1', Address: '10.0.0.1', Port: 80, ...service },
	Checks: checks,
});
const own = (Notes: string): object => ({ CheckID: '_service_maintenance:w1', Status: 'critical', Notes });
const node = { CheckID: '_node_maintenance', Status: 'critical', Notes: 'rack' };

test('whose maintenance it is', (t) => {
	for (const [checks, maintenance, reason] of [
		[[], 'none', ''],
		[[{ CheckID: 'tcp', Status: 'critical', Notes: 'daruma' }], 'none', ''],
		[[own('daruma: n1 was down')], 'ours', 'daruma: n1 was down'],
		[[own('')], 'theirs', ''],
		[[node], 'theirs', 'rack'],
		// Ours must be brought in, also where the whole node is out.
		[[node, own('daruma: n1')], 'ours', 'daruma: n1'],
		[[{ ...own('daruma'), CheckID: '_service_maintenance:w2' }], 'none', ''],
	] as const)
		t.deepEqual(readInstances([entry([...checks])]), [{ id: 'w1', address: '10.0.0.1:80', maintenance, reason }]);
});

test('the address is the service’s, else its node’s; what has none, or no id, is left out; what is no list is told apart', (t) => {
	t.is(readInstances([entry([], { Address: '' })])![0]!.address, '10.0.0.9:80');
	t.deepEqual(readInstances([entry([], { Port: 0 }), entry([], { ID: '' }), null, 1]), []);
	t.is(readInstances({}), null);
});
