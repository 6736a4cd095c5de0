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
	['a later key', `version: 1\nsubject: { url: "http://127.0.0.1" }\n${tail}`, '2:17', /subject\.url: expected cluster\.ports beside it/, /ports: \[9001/],
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
		/exactly one of client, nginx, haproxy, command, url, found nginx and haproxy/,
	],
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
	['no kind', 'version: 1\nexperiments: [{ fault: { target: n1 } }]\n', '2:24', /expected the key kind/],
	[
		'a parameter of another fault',
		'version: 1\nexperiments: [{ fault: { kind: kill, latency: 1s } }]\n',
		'2:38',
		/one of the keys kind, target, for, at, found the unknown key "latency"/,
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
	['a useless allow', 'version: 1\nexperiments: [{ fault: { kind: kill }, allow: [p99] }]\n', '2:48', /one of nonIdempotentDoubleExecuted, lost, found "p99"/],
	['a name twice', 'version: 1\nexperiments: [{ fault: { kind: kill } }, { name: kill one, fault: { kind: term } }]\n', '2:50', /"kill one" a second time/],
	[
		'two faults at one node',
		'version: 1\nexperiments: [{ fault: [{ kind: kill, target: n1 }, { kind: freeze, target: all, at: 9s }] }]\n',
		'2:86',
		/one fault at a time on each node, found freeze all from 9s on, while kill n1 lasts until 10s/,
	],
	[
		'ports of too few',
		`version: 1\ncluster: { replicas: 3, ports: [9001, 9002] }\n${tail}`,
		'2:32',
		/cluster\.ports: expected as many ports as replicas, 3, found 2/,
	],
	['a port twice', `version: 1\ncluster: { ports: [9001, 9001] }\n${tail}`, '2:19', /a port of its own for each node, found 9001 twice/],
	[
		'a url with a password',
		`version: 1\ncluster: { ports: [9001, 9002, 9003] }\nsubject: { url: "http://u:s3cret@127.0.0.1:80" }\n${tail}`,
		'3:17',
		/subject\.url: expected no user and password in it(?!.*s3cret)/,
		/authorization/,
	],
	['a key without its certificate', `version: 1\nsubject: { nginx: default, tls: { key: k.pem } }\n${tail}`, '2:33', /cert and key together, found key alone/],
	['tls of the built-in client', `version: 1\nsubject: { client: {}, tls: {} }\n${tail}`, '2:29', /tls only with a subject that listens/],
	['a rate beside a command', `version: 1\ntraffic: { command: [k6], rate: 5 }\n${tail}`, '2:33', /no such key beside command/],
	['finish without a command', `version: 1\ntraffic: { finish: 5s }\n${tail}`, '2:20', /only beside command/],
	[
		'the built-in client beside a command',
		`version: 1\nsubject: { client: {} }\ntraffic: { command: [k6] }\n${tail}`,
		'2:20',
		/subject\.client: expected a subject that listens, or none/,
	],
	['a stage that ends at nothing', `version: 1\ntraffic: { rate: [{ for: 5s, rate: 100/s..0/s }] }\n${tail}`, '2:36', /a last rate above 0/],
	['a ramp of nothing', `version: 1\ntraffic: { rate: [{ for: 5s, rate: 0..0 }] }\n${tail}`, '2:36', /or from one to another: 100\/s\.\.500\/s/],
	['a wrong place for ids', `version: 1\ntraffic: { correlate: cookie }\n${tail}`, '2:23', /trace, header NAME, query NAME or body/],
	['a wrong pointer', `version: 1\ntraffic: { correlate: body order }\n${tail}`, '2:23', /a JSON pointer/],
	[
		'a body without a place for ids',
		`version: 1\ntraffic: { correlate: body /id, mix: [{ method: POST, body: plain }] }\n${tail}`,
		'2:61',
		/JSON with a place for \/id \(correlate\), found "plain"/,
	],
	[
		'a secret that is not there',
		`version: 1\ntraffic: { mix: [{ headers: { authorization: "Bearer \${NO_SUCH_TOKEN_HERE}" } }] }\n${tail}`,
		'2:46',
		/the environment variable NO_SUCH_TOKEN_HERE, found none/,
	],
	['a bad pattern of a body', `version: 1\ntraffic: { mix: [{ ok: { body: "/(/" } }] }\n${tail}`, '2:32', /a regular expression/],
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
