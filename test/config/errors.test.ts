import test from 'ava';
import { readPlan } from '../../src/config/load.js';
import { DarumaError } from '../../src/model/errors.js';

const tail = 'experiments:\n  - fault: { kind: kill }\n';
/** What is written, where the message must point, what it must say, what it must advise. */
const cases: [name: string, text: string, place: string, says: RegExp, hint?: RegExp][] = [
	['an empty file', '', '1:1', /expected a map with the keys version, .*found nothing/],
	['a list', '- 1\n', '1:1', /expected a map .*found a list/],
	['broken YAML', 'version: 1\n  bad: [\n', '1:10', /no valid YAML/],
	['a key twice', 'version: 1\nversion: 1\n', '2:1', /no valid YAML: Map keys must be unique/],
	['no version', tail, '1:1', /expected the key version/],
	['another version', `version: 2\n${tail}`, '1:10', /version: expected 1, found 2/],
	['no experiments', 'version: 1\n', '1:1', /expected the key experiments/],
	['an empty list', 'version: 1\nexperiments: []\n', '2:14', /a list of at least 1 experiments, found an empty list/],
	['an unknown key', `version: 1\ntrafic: {}\n${tail}`, '2:1', /one of the keys version, .*found the unknown key "trafic"/, /did you mean traffic\?/],
	['a later key', `version: 1\nsubject: { url: "http://127.0.0.1" }\n${tail}`, '2:12', /subject: .*unknown key "url"/],
	['a prototype key', `version: 1\nconstructor: {}\n${tail}`, '2:1', /unknown key "constructor"/],
	['a wrong type', `version: 1\ncluster: { replicas: three }\n${tail}`, '2:22', /cluster\.replicas: expected a whole number from 1 to 50, found "three"/],
	['a bare time', `version: 1\ntraffic: { timeout: 5 }\n${tail}`, '2:21', /traffic\.timeout: expected a time with a unit.*found 5/, /5ms or 5s/],
	['a time without end', `version: 1\ntraffic: { timeout: 48h }\n${tail}`, '2:21', /at most 24h/],
	['a text for ms', `version: 1\nsubject: { client: { timeoutMs: 1s } }\n${tail}`, '2:33', /subject\.client\.timeoutMs: .*found "1s"/, /write 1000/],
	['a bad rate', `version: 1\ntraffic: { rate: 200/h }\n${tail}`, '2:18', /a rate such as 200\/s/],
	['no rate', `version: 1\ntraffic: { rate: 0/s }\n${tail}`, '2:18', /a rate such as 200\/s/],
	[
		'two subjects',
		`version: 1\nsubject: { nginx: default, haproxy: default }\n${tail}`,
		'2:10',
		/exactly one of client, grpcJs, undici, nginx, haproxy, command, found nginx and haproxy/,
	],
	[
		'grpc and a path',
		`version: 1\ntraffic: { mix: [{ grpc: a.B/C, path: / }] }\n${tail}`,
		'2:39',
		/mix\[0\]\.path: expected grpc: package\.Service\/Method alone/,
	],
	['no method of gRPC', `version: 1\ntraffic: { mix: [{ grpc: /a.B/C }] }\n${tail}`, '2:26', /a method such as package\.Service\/Method/],
	['a status for gRPC', `version: 1\ntraffic: { mix: [{ grpc: a.B/C, ok: "status < 500" }] }\n${tail}`, '2:37', /'grpc OK', or a list of codes/],
	['codes for HTTP', `version: 1\ntraffic: { mix: [{ ok: [OK] }] }\n${tail}`, '2:24', /a condition on the status, .* found codes of gRPC/],
	['no code', `version: 1\ntraffic: { mix: [{ grpc: a.B/C, ok: [OKAY] }] }\n${tail}`, '2:38', /one of OK, CANCELLED.*found "OKAY"/],
	['no code in words', `version: 1\ntraffic: { mix: [{ grpc: a.B/C, ok: grpc fine }] }\n${tail}`, '2:37', /expected 'grpc OK', found "grpc fine"/],
	[
		'metadata of ours',
		`version: 1\ntraffic: { mix: [{ grpc: a.B/C, headers: { grpc-timeout: 1S } }] }\n${tail}`,
		'2:58',
		/metadata that gRPC does not set itself/,
	],
	['two bodies', `version: 1\ntraffic: { mix: [{ grpc: a.B/C, body: a, bodyBase64: AA== }] }\n${tail}`, '2:54', /body or bodyBase64, found both/],
	['no base64', `version: 1\ntraffic: { mix: [{ grpc: a.B/C, bodyBase64: "a?" }] }\n${tail}`, '2:45', /bytes in base64/],
	['base64 for HTTP', `version: 1\ntraffic: { mix: [{ bodyBase64: AA== }] }\n${tail}`, '2:32', /a body as text/],
	[
		'HTTP for grpc-js',
		`version: 1\nsubject: { grpcJs: {} }\ntraffic: { mix: [{ path: /a }] }\n${tail}`,
		'3:18',
		/mix\[0\]\.grpc: expected a gRPC call .* found GET \/a/,
	],
	[
		'gRPC for undici',
		`version: 1\nsubject: { undici: {} }\ntraffic: { mix: [{ grpc: a.B/C }] }\n${tail}`,
		'3:26',
		/plain HTTP, for the subject undici carries no gRPC/,
	],
	[
		'gRPC for replicas of HTTP',
		`version: 1\ncluster: { builtin: { http: {} } }\ntraffic: { mix: [{ grpc: a.B/C }] }\n${tail}`,
		'3:26',
		/the built-in replicas speak HTTP\/1\.1/,
		/builtin: \{ grpc: \{\} \}/,
	],
	[
		'gRPC for the default nginx',
		`version: 1\nsubject: { nginx: default }\ntraffic: { mix: [{ grpc: a.B/C }] }\n${tail}`,
		'2:19',
		/a config of yours that carries gRPC/,
		/docs\/grpc\.md/,
	],
	['more tries than the library makes', `version: 1\nsubject: { grpcJs: { retry: { attempts: 9 } } }\n${tail}`, '2:41', /a whole number from 2 to 5/],
	['a config and a policy', `version: 1\nsubject: { grpcJs: { config: {}, policy: pick_first } }\n${tail}`, '2:42', /config alone/],
	['replicas of two kinds', `version: 1\ncluster: { builtin: { http: {}, grpc: {} } }\n${tail}`, '2:21', /exactly one of http, grpc, found http and grpc/],
	['no subject', `version: 1\nsubject: {}\n${tail}`, '2:10', /exactly one of .* found none of them/],
	['a shell line', `version: 1\nsubject: { command: ./gateway -x }\n${tail}`, '2:21', /a list of a program .*no shell is used/],
	['a wrong policy', `version: 1\nsubject: { client: { policy: roundrobin } }\n${tail}`, '2:30', /one of random, /, /did you mean round-robin\?/],
	['a weight of nobody', `version: 1\nsubject: { client: { weights: { n9: 1 } } }\n${tail}`, '2:37', /a node from n1 to n3/],
	['an empty value', `version: 1\nsubject:\n${tail}`, '2:9', /subject: expected a map .* found nothing/],
	['an empty retry', `version: 1\nsubject: { client: { retry: } }\n${tail}`, '2:29', /retry: expected a map .* found nothing/],
	['our header', `version: 1\ntraffic: { mix: [{ headers: { X-Daruma-Id: x } }] }\n${tail}`, '2:31', /a header that daruma does not set itself/],
	['a header with a line', `version: 1\ntraffic: { mix: [{ headers: { a: "b\\r\\nc: d" } }] }\n${tail}`, '2:34', /without line breaks/],
	['our variable', `version: 1\ncluster: { command: [x], env: { DARUMA_RUN: x } }\n${tail}`, '2:33', /a variable that daruma does not set itself/],
	['a relative path', `version: 1\ntraffic: { mix: [{ path: task }] }\n${tail}`, '2:26', /traffic\.mix\[0\]\.path: expected a path that begins with \//],
	['a bad regexp', `version: 1\ncluster: { command: [x], ready: { log: "(" } }\n${tail}`, '2:40', /a regular expression/],
	['a bad predicate', `version: 1\ntraffic: { mix: [{ ok: "< 500" }] }\n${tail}`, '2:24', /a condition on the status/],
	['a share above 1', 'version: 1\nexperiments: [{ fault: { kind: drop, share: 30 } }]\n', '2:45', /experiments\[0\]\.fault\.share: expected a share/],
	['a wrong fault', 'version: 1\nexperiments: [{ fault: { kind: kil } }]\n', '2:32', /expected one of kill, .*found "kil"/, /did you mean kill\?/],
	[
		'a code that is none',
		'version: 1\nexperiments: [{ fault: { kind: error, status: unavailble } }]\n',
		'2:47',
		/fault\.status: expected a status from 400 to 599, or one of CANCELLED, .*found "unavailble"/,
		/did you mean UNAVAILABLE\?/,
	],
	[
		'a status that is no failure',
		'version: 1\nexperiments: [{ fault: { kind: error, status: 302 } }]\n',
		'2:47',
		/from 400 to 599, or the name of a gRPC code/,
	],
	['no kind', 'version: 1\nexperiments: [{ fault: { target: n1 } }]\n', '2:24', /expected the key kind/],
	[
		'a parameter of another fault',
		'version: 1\nexperiments: [{ fault: { kind: kill, latency: 1s } }]\n',
		'2:38',
		/one of the keys kind, target, for, at, flap, roll, found the unknown key "latency"/,
	],
	['a node too many', 'version: 1\nexperiments: [{ fault: { kind: kill, target: n4 } }]\n', '2:46', /a node from n1 to n3, or one, /],
	[
		'a wrong metric',
		'version: 1\nexperiments: [{ fault: { kind: kill }, expect: { availabilty: ">= 99%" } }]\n',
		'2:50',
		/did you mean availability\?.*found "availabilty"/,
	],
	[
		'a wrong bound',
		'version: 1\nexperiments: [{ fault: { kind: kill }, expect: { p99: "<= 250" } }]\n',
		'2:55',
		/a time such as '<= 250ms' or '<= 2s' for p99, found "<= 250"/,
	],
	['nothing expected', 'version: 1\nexperiments: [{ fault: { kind: kill }, expect: {} }]\n', '2:48', /at least one of the bounds by metric/],
	[
		'a useless allow',
		'version: 1\nexperiments: [{ fault: { kind: kill }, allow: [p99] }]\n',
		'2:48',
		/one of nonIdempotentDoubleExecuted, lost, .*found "p99"/,
	],
	['a name twice', 'version: 1\nexperiments: [{ fault: { kind: kill } }, { name: kill one, fault: { kind: term } }]\n', '2:50', /"kill one" a second time/],
	[
		'flap without a rest',
		'version: 1\nexperiments: [{ fault: { kind: kill, flap: { on: 2s } } }]\n',
		'2:44',
		/flap\.every: expected every, or on and off, found neither/,
	],
	[
		'flap longer than it may',
		'version: 1\nexperiments: [{ fault: { kind: kill, flap: { every: 2s, on: 2s } } }]\n',
		'2:61',
		/less than every \(2s\), found 2s/,
	],
	[
		'flap beside for',
		'version: 1\nexperiments: [{ fault: { kind: kill, for: 9s, flap: { every: 2s, times: 2 } } }]\n',
		'2:73',
		/times, or for beside flap, found both/,
	],
	['flap and roll', 'version: 1\nexperiments: [{ fault: { kind: kill, flap: { every: 2s }, roll: {} } }]\n', '2:65', /one of flap and roll, found both/],
	['a roll over one node', 'version: 1\nexperiments: [{ fault: { kind: kill, target: another, roll: {} } }]\n', '2:61', /several nodes to roll over/],
	[
		'an unknown leader',
		'version: 1\nexperiments: [{ fault: { kind: kill, target: leader } }]\n',
		'2:46',
		/cluster\.leader, which says how to find the leader, found none/,
	],
	[
		'a halt that every healthy run meets',
		'version: 1\nexperiments: [{ fault: { kind: kill }, halt: "availability > 50%" }]\n',
		'2:46',
		/halt: expected a condition such as/,
	],
	[
		'two faults at one node',
		'version: 1\nexperiments: [{ fault: [{ kind: kill, target: n1 }, { kind: freeze, target: all, at: 9s }] }]\n',
		'2:86',
		/faults that can be had together at their nodes, found freeze all from 9s on, while kill n1 lasts until 10s: nothing else can begin at a node during a kill/,
	],
	['an alias of a wrong value', `version: 1\nseed: &x -1\ntraffic: { rate: *x }\n${tail}`, '2:10', /seed: expected a whole number/],
	['an unknown tag', `version: !!js/function 1\n${tail}`, '1:10', /no valid YAML/],
	['two documents', `version: 1\n${tail}---\nversion: 1\n`, '4:1', /no valid YAML/],
];

for (const [name, text, place, says, hint] of cases) {
	test(`${name}: where, expected, found`, async (t) => {
		const error = await t.throwsAsync(readPlan(text, 'daruma.yaml'), { instanceOf: DarumaError, code: 'E_CONFIG' });
		t.is(error.exit, 2);
		t.true(error.message.startsWith(`daruma.yaml:${place}:`), error.message);
		t.regex(error.message, says);
		if (hint) t.regex(error.hint ?? '', hint);
		t.false(error.message.includes('\n'), 'one line');
	});
}
