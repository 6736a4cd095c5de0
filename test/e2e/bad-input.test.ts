import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { daruma, scratch } from './daruma.js';
import { write } from './experiment.js';

const yaml = (t: ExecutionContext, text: string): string => {
	const cwd = scratch(t);
	writeFileSync(join(cwd, 'daruma.yaml'), text);
	return cwd;
};

/** Wrong: exit 2, one document (the same words as without --json), and no trace of anything having been started. */
const refuses = async (t: ExecutionContext, cwd: string, args: string[], says: RegExp, env: NodeJS.ProcessEnv = {}): Promise<void> => {
	const json = await daruma([...args, '--json'], { cwd, env });
	t.is(json.code, 2, json.stdout + json.stderr);
	const { error } = JSON.parse(json.stdout);
	t.regex(error.code, /^E_[A-Z_]+$/);
	t.regex(`${error.message}\n${error.hint ?? ''}`, says);
	t.notRegex(json.stderr, /error/);
	t.false(existsSync(join(cwd, '.daruma')), 'nothing was started');
};

for (const args of [['verify'], ['demmo'], ['demo', '--seed', 'x'], ['verify', '--subject', 'client', '--faults', 'kil']]) {
	test.serial(`daruma ${args.join(' ')}: one message on stderr`, async (t) => {
		const text = await daruma(args, { cwd: scratch(t) });
		t.is(text.code, 2);
		t.is(text.stdout, '');
		t.regex(text.stderr, /^error: [^\n]+\nhint: [^\n]+\n$/);
	});
}

const EXPERIMENT = 'experiments: [{ fault: { kind: kill } }]\n';
const files: [what: string, text: string, says: RegExp][] = [
	['an unknown key', `version: 1\nclutser: {}\n${EXPERIMENT}`, /daruma\.yaml:2:1: .*clutser.*cluster/s],
	['a wrong type', `version: 1\ncluster: { replicas: three }\n${EXPERIMENT}`, /daruma\.yaml:2:22: .*replicas.*three/s],
	['a time without a unit', 'version: 1\nexperiments: [{ fault: { kind: kill, for: 10 } }]\n', /daruma\.yaml:2:43: .*10/],
	['a fault that does not exist', 'version: 1\nexperiments: [{ fault: { kind: frezee } }]\n', /daruma\.yaml:2:32: .*frezee.*freeze/s],
	['a metric that does not exist', 'version: 1\nexperiments: [{ fault: { kind: kill }, expect: { p98: "<= 1s" } }]\n', /daruma\.yaml:2:50: .*p99.*p98/s],
	['a node that does not exist', 'version: 1\nexperiments: [{ fault: { kind: kill, target: n9 } }]\n', /daruma\.yaml:2:46: .*n9/],
	['a parameter of another fault', 'version: 1\nexperiments: [{ fault: { kind: kill, latency: 1s } }]\n', /daruma\.yaml:2:\d+: .*latency/],
	['no experiment', 'version: 1\n', /experiments/],
	['no YAML', 'version: 1\nexperiments: [{ fault: \n', /daruma\.yaml:\d+:\d+: no valid YAML/],
	['an empty file', '', /daruma\.yaml/],
	['a version of tomorrow', `version: 2\n${EXPERIMENT}`, /daruma\.yaml:1:10: .*version.*2/s],
];
for (const [what, text, says] of files) test.serial(`daruma.yaml with ${what}`, (t) => refuses(t, yaml(t, text), ['verify'], says));

const lines: [args: string[], says: RegExp][] = [
	[['verify'], /no daruma\.yaml.*demo/s],
	[['verify', 'missing.yaml'], /missing\.yaml: there is no such file/],
	[['verify', '--subject', 'client', '--rate', '1/s', '--rate', '2/s'], /--rate can only be specified once/],
	[['verify', '--subject', 'client', '--nope'], /--nope/],
	[['verify', '--subject', 'client', '--faults', 'kil'], /kil.*kill/s],
	[['verify', '--subject', 'client', '--faults', ','], /faults/],
	[['verify', '--subject', 'client', '--expect', 'p99 <= 5'], /p99/],
	[['verify', '--subject', 'client', '--expect', 'p99'], /p99 <= 250ms/],
	[['verify', '--subject', 'client', '--deadline', 'soon'], /--deadline.*soon/],
	[['verify', '--subject', 'client', '--report', 'pdf=x.pdf'], /pdf/],
	[['verify', '--subject', './none.conf'], /none\.conf/],
	[['demo', '--seed', 'x'], /seed.*x/],
	[['demo', 'extra'], /extra/],
	[['demmo'], /no command "demmo".*daruma demo/s],
	[['runs', 'la'], /no command "runs la".*daruma runs ls/s],
	[['help', 'nginx'], /no command "nginx"/],
	[['--nope'], /expected a command, found --nope/],
	[['judge'], /run/],
	[['judge', 'latest'], /no runs/],
	[['report', 'latest'], /no runs/],
	[['explain', 'latest', 'r1'], /no runs/],
];
for (const [args, says] of lines) test.serial(`daruma ${args.join(' ')}`, (t) => refuses(t, scratch(t), args, says));

test.serial('nginx and HAProxy that are not there', async (t) => {
	await refuses(t, scratch(t), ['verify', '--subject', 'nginx'], /nginx was not found at \/nowhere\/nginx/, { DARUMA_NGINX: '/nowhere/nginx' });
	await refuses(t, scratch(t), ['verify', '--subject', 'haproxy'], /haproxy was not found at \/nowhere\/haproxy/, { DARUMA_HAPROXY: '/nowhere/haproxy' });
});

test.serial('a subject command that is not there', async (t) => {
	const cwd = scratch(t);
	write(cwd, { subject: { command: ['./no-such-gateway', '{listen}'] } });
	await refuses(t, cwd, ['verify'], /no-such-gateway was not found/);
});

test.serial('a misspelt place in a command line', async (t) => {
	const cwd = scratch(t);
	write(cwd, { subject: { command: [process.execPath, 'x.js', '{n9}'] } });
	await refuses(t, cwd, ['verify'], /n9/);
});

test.serial('help and version', async (t) => {
	const cwd = scratch(t);
	const [bare, help, helped, version, one, other] = await Promise.all([
		daruma([], { cwd }),
		daruma(['--help'], { cwd }),
		daruma(['help'], { cwd }),
		daruma(['--version'], { cwd }),
		daruma(['help', 'verify'], { cwd }),
		daruma(['verify', '--help'], { cwd }),
	]);
	for (const ran of [bare, help, helped, version, one, other]) t.is(ran.code, 0);
	t.is(bare.stdout, help.stdout);
	t.is(helped.stdout, help.stdout);
	t.regex(help.stdout, /EXIT CODES/);
	t.regex(version.stdout, /^daruma\/\d/);
	t.is(one.stdout, other.stdout);
	t.false(existsSync(join(cwd, '.daruma')));
});
