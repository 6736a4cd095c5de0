import { request } from 'node:http';
import { resolve as resolvePath } from 'node:path';
import type { Clock } from '../model/clock.js';
import { type Endpoint, hostPort } from '../model/endpoint.js';
import type { LeaderSpec } from '../model/plan.js';
import { fillTemplate } from '../model/template.js';
import { runCheck } from '../probes/check-program.js';

/** Exactly one node said yes; else a sentence that says what was heard instead. */
export type Leader = { node: string } | { why: string };

type Reply = 'yes' | 'no' | { failed: string };

/** One node's answer never takes longer. */
const ASK_MS = 3000;
const MOST_BODY = 64 * 1024;
const PAUSE_MS = 100;

/** Asks every node at once whether it leads, again and again until exactly one says yes, for at most `withinMs`: an election takes its time. */
export const findLeader = async (spec: LeaderSpec, nodes: readonly Endpoint[], clock: Clock, withinMs: number): Promise<Leader> => {
	const limit = clock.now() + withinMs;
	for (;;) {
		const replies = await Promise.all(nodes.map((node) => (spec.kind === 'http' ? askHttp(spec, node) : askProgram(spec, node))));
		const found = decide(nodes, replies);
		if ('node' in found || clock.now() >= limit) return found;
		await new Promise<void>((resolve) => void clock.at(clock.now() + PAUSE_MS, resolve));
	}
};

/** Pure: who leads, by what each said. */
export const decide = (nodes: readonly Pick<Endpoint, 'name'>[], replies: readonly Reply[]): Leader => {
	const yes = nodes.filter((_, i) => replies[i] === 'yes').map((node) => node.name);
	if (yes.length === 1) return { node: yes[0] as string };
	if (yes.length > 1) return { why: `${yes.join(' and ')} each say that they lead` };
	const failures = nodes.flatMap((node, i) => {
		const reply = replies[i];
		return typeof reply === 'object' ? [`${node.name}: ${reply.failed}`] : [];
	});
	return { why: `no node says that it leads${failures.length > 0 ? ` (${failures.join(', ')})` : ''}` };
};

const askHttp = (spec: Extract<LeaderSpec, { kind: 'http' }>, node: Endpoint): Promise<Reply> =>
	new Promise((resolve) => {
		const asked = request(
			{ host: node.host, port: node.port, path: spec.path, agent: false, headers: { connection: 'close', 'x-daruma-id': 'probe-leader' } },
			(answer) => {
				let body = '';
				answer.setEncoding('utf8').on('data', (text: string) => {
					if (body.length < MOST_BODY) body += text;
				});
				answer.on('end', () => done(answer.statusCode === spec.status && (spec.body === null || new RegExp(spec.body).test(body)) ? 'yes' : 'no'));
				answer.on('error', (error: NodeJS.ErrnoException) => done({ failed: error.code ?? error.message }));
			},
		);
		const timer = setTimeout(() => done({ failed: 'no answer' }), ASK_MS);
		const done = (reply: Reply): void => {
			clearTimeout(timer);
			resolve(reply);
			asked.destroy();
		};
		asked.on('error', (error: NodeJS.ErrnoException) => done({ failed: error.code ?? error.message }));
		asked.end();
	});

const askProgram = async ({ argv, cwd }: Extract<LeaderSpec, { kind: 'exec' }>, node: Endpoint): Promise<Reply> => {
	const [typed = '', ...rest] = argv.map((word) => fillTemplate(word, { listen: hostPort(node), port: node.port }));
	const program = typed.includes('/') ? resolvePath(cwd, typed) : typed;
	const env = { DARUMA_NODE: node.name, DARUMA_LISTEN: hostPort(node) };
	try {
		const { code, signal } = await runCheck(program, rest, env, MOST_BODY, AbortSignal.timeout(ASK_MS));
		return code === 0 ? 'yes' : code === null ? { failed: `ended by ${signal}` } : 'no';
	} catch (error) {
		return { failed: (error as NodeJS.ErrnoException).code ?? (error as Error).message };
	}
};
