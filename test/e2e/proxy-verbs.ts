import type { ExecutionContext } from 'ava';
import { daruma, ROOT } from './daruma.js';

/** The everyday verbs against the server of this API; into a pipe, they say what toxiproxy-cli says. */
export const exerciseVerbs = async (t: ExecutionContext, url: string): Promise<void> => {
	const env = { TOXIPROXY_URL: url };
	const says = async (args: string[], stdout: string): Promise<void> => {
		const ran = await daruma(['proxy', ...args], { cwd: ROOT, env });
		t.is(ran.stdout, stdout, ran.stderr);
		t.is(ran.code, 0);
	};
	const refuses = async (args: string[], code: number, stderr: RegExp): Promise<void> => {
		const ran = await daruma(['proxy', ...args], { cwd: ROOT, env });
		t.is(ran.code, code, ran.stderr);
		t.regex(ran.stderr, stderr);
		t.is(ran.stdout, '');
	};
	await says(['create', '-l', 'localhost:0', '-u', 'localhost:1', 'redis'], 'Created new proxy redis\n');
	await refuses(['create', '-l', 'localhost:0', '-u', 'localhost:1', 'redis'], 1, /^error: Failed to create proxy: HTTP 409: proxy already exists$/m);
	await says(
		['toxic', 'add', '-t', 'latency', '-a', 'latency=1e3', '-a', 'jitter=5', 'redis'],
		"Added downstream latency toxic 'latency_downstream' on proxy 'redis'\n",
	);
	await says(
		['toxic', 'add', '-t', 'bandwidth', '-n', 'bw', '--tox', '0.5', '-u', '-a', 'rate=7', 'redis'],
		"Added upstream bandwidth toxic 'bw' on proxy 'redis'\n",
	);
	await refuses(['toxic', 'add', '-t', 'nope', 'redis'], 1, /invalid toxic type/);
	await refuses(['toxic', 'add', '-t', 'latency', '--toxicity', '2', 'redis'], 2, /toxicity should be a float between 0 and 1/);
	await refuses(['toxic', 'add', '-t', 'latency', '-a', 'latency', 'redis'], 2, /key=value/);
	await says(['toxic', 'update', '-n', 'bw', '-a', 'rate=8', 'redis'], "Updated toxic 'bw' on proxy 'redis'\n");
	const toxics = [
		'bw\ttype=bandwidth\tstream=upstream\ttoxicity=0.50\tattributes=[\trate=8\t]',
		'latency_downstream\ttype=latency\tstream=downstream\ttoxicity=1.00\tattributes=[\tjitter=5\tlatency=1000\t]',
	];
	await says(['inspect', 'redis'], `${toxics.join('\n')}\n`);
	const shown = JSON.parse((await daruma(['proxy', 'inspect', 'redis', '--json', '--host', url])).stdout);
	t.like(shown, { name: 'redis', upstream: 'localhost:1', enabled: true });
	t.is(shown.toxics.length, 2);
	await says(['toggle', 'redis'], 'Proxy redis is now disabled\n');
	await says(['list'], `redis\t${shown.listen}\tlocalhost:1\tdisabled\t2\n`);
	await says(['toggle', 'redis'], 'Proxy redis is now enabled\n');
	await says(['toxic', 'remove', '-n', 'bw', 'redis'], "Removed toxic 'bw' on proxy 'redis'\n");
	await refuses(['toxic', 'remove', '-n', 'bw', 'redis'], 1, /toxic not found/);
	await says(['delete', 'redis'], 'Deleted proxy redis\n');
	await refuses(['delete', 'redis'], 1, /^error: Failed to retrieve proxy redis: HTTP 404: proxy not found$/m);
	await refuses(['inspect', 'redis'], 1, /proxy not found/);
	await says(['list'], '');
};
