import test from 'ava';
import { readViews, Vantage, type Views } from '../../src/model/views.js';

test('what a vantage point publishes is what another one reads', (t) => {
	const vantage = new Vantage('n1', 1000, 'n1');
	vantage.add('n2', 1000, '127.0.0.1:2');
	vantage.add('n3', 1000);
	vantage.saw('n2', 1500, { state: 'up', why: 'it answers' }, 0.4);
	vantage.saw('n2', 2000, { state: 'up', why: 'it answers' }, 0.6);
	vantage.saw('n3', 2000, { state: 'suspect', why: '1 of 2 missed' });
	vantage.saw('n3', 2250, { state: 'down', why: '2 of 2 missed' });
	vantage.paid({ sent: 100, received: 50 });
	vantage.paid({ sent: 100, received: 0 });
	const views = vantage.views(3000);
	t.deepEqual(views, {
		vantage: 'n1',
		self: 'n1',
		views: [
			{ endpoint: 'n2', state: 'up', sinceMs: 1500, latencyMs: 0.6, heardMs: 1000, address: '127.0.0.1:2', why: 'it answers' },
			{ endpoint: 'n3', state: 'down', sinceMs: 750, latencyMs: null, heardMs: 750, why: '2 of 2 missed' },
		],
		cost: { requests: 2, bytesSent: 200, bytesReceived: 50, forMs: 2000 },
	} satisfies Views);
	t.deepEqual(readViews(JSON.parse(JSON.stringify(views))), views);
	vantage.remove('n3');
	t.deepEqual(
		vantage.views(3000).views.map(({ endpoint }) => endpoint),
		['n2'],
	);
});

test('the least that a document may say', (t) => {
	t.deepEqual(readViews({ vantage: 'v', views: [{ endpoint: 'e', state: 'up', sinceMs: 0, latencyMs: null }] }), {
		vantage: 'v',
		views: [{ endpoint: 'e', state: 'up', sinceMs: 0, latencyMs: null }],
	});
});

test('the status of a watch is read as views', (t) => {
	const status = {
		schema: 'daruma.watch.status/1',
		endpoints: [
			{ endpoint: 'http://a/', state: 'down', why: 'refused', forMs: 1450, lastMs: null },
			{ endpoint: 'http://b/', state: 'unknown', why: 'nothing heard', forMs: null, lastMs: 0.7 },
		],
	};
	t.deepEqual(readViews(status, 'h:1'), {
		vantage: 'h:1',
		views: [
			{ endpoint: 'http://a/', state: 'down', sinceMs: 1450, latencyMs: null, why: 'refused' },
			{ endpoint: 'http://b/', state: 'unknown', sinceMs: 0, latencyMs: 0.7, why: 'nothing heard' },
		],
	});
	for (const endpoints of [undefined, {}, [3], [{ endpoint: 'e', state: 'UP', forMs: 1 }]]) t.true('wrong' in readViews({ ...status, endpoints }));
});

const view = { endpoint: 'e', state: 'up', sinceMs: 0, latencyMs: 1 };
for (const [what, data, wrong] of [
	['nothing', null, /no JSON object/],
	['a list', [], /no JSON object/],
	['no name', { views: [] }, /"vantage"/],
	['a long name', { vantage: 'x'.repeat(501), views: [] }, /"vantage"/],
	['views that are none', { vantage: 'v', views: {} }, /"views"/],
	['too many', { vantage: 'v', views: Array.from({ length: 10_001 }, () => view) }, /10001 views/],
	['a view that is none', { vantage: 'v', views: [3] }, /no object/],
	['a nameless endpoint', { vantage: 'v', views: [{ ...view, endpoint: '' }] }, /name of its endpoint/],
	['a foreign state', { vantage: 'v', views: [{ ...view, state: 'UP' }] }, /without a state/],
	['a negative time', { vantage: 'v', views: [{ ...view, sinceMs: -1 }] }, /sinceMs/],
	['a time that is none', { vantage: 'v', views: [{ ...view, sinceMs: null }] }, /sinceMs/],
	['a latency in words', { vantage: 'v', views: [{ ...view, latencyMs: '3ms' }] }, /latencyMs/],
] as const)
	test(`a foreign document with ${what} is refused`, (t) => {
		const read = readViews(data);
		t.regex('wrong' in read ? read.wrong : 'read', wrong);
	});

test('what is not known is left out, and names are only names', (t) => {
	const data = JSON.parse(
		'{"vantage":"__proto__","views":[{"endpoint":"constructor","state":"down","sinceMs":1,"latencyMs":null,"heardMs":"soon","x":1}],"cost":{"requests":1},"y":2}',
	);
	t.deepEqual(JSON.stringify(readViews(data)), '{"vantage":"__proto__","views":[{"endpoint":"constructor","state":"down","sinceMs":1,"latencyMs":null}]}');
});
