import { constants } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HolderArgs, HolderMessage } from '../custody/holder.js';
import { hostPort, urlOf } from '../model/endpoint.js';
import { usageError } from '../model/errors.js';
import type { Event } from '../model/event.js';
import type { Plan, TrafficCommand } from '../model/plan.js';
import { fillTemplate, lintTemplate, nodeValues } from '../model/template.js';
import { readLog } from '../probes/ready.js';
import { findProgram } from '../systems/program.js';
import type { Load, LoadNeeds } from './generator.js';

const HOLDER = fileURLToPath(new URL('../custody/holder.js', import.meta.url));
/** Between SIGTERM and SIGKILL, for a command whose time is over. */
const GRACE_MS = 5000;

const signalNumber = (signal: string | null): number => constants.signals[signal as NodeJS.Signals] ?? 0;

/** What it said last, for whoever reads the verdict; the rest is in its log. */
const lastLine = (file: string): string | undefined => readLog(file).trimEnd().split('\n').at(-1)?.slice(0, 200) || undefined;

/** Where the user's traffic goes, for its arguments and its environment. */
const placesOf = ({ target, nodes }: Pick<LoadNeeds, 'target' | 'nodes'>, dir: string): Record<string, string> => ({
	...nodeValues(nodes.map(hostPort)),
	dir,
	...(target && { listen: hostPort(target), port: `${target.port}` }),
});

/** `{target}` and `{url}` are names of this command line alone: in a file of nginx or HAProxy they stay as they are. */
const fill = (text: string, places: Record<string, string>, target: LoadNeeds['target']): string => {
	const filled = fillTemplate(text, places);
	return target ? filled.replaceAll('{target}', target.socketPath ?? hostPort(target)).replaceAll('{url}', urlOf(target)) : filled;
};

/** What can be wrong with it before anything is started: the program is found, its placeholders are known. Throws exit 2. */
export const checkOwnTraffic = async ({ argv, env, cwd }: TrafficCommand, { subject, cluster }: Pick<Plan, 'subject' | 'cluster'>): Promise<string> => {
	const name = argv[0] ?? '';
	const nodes = Array.from({ length: cluster.replicas }, (_, i) => `n${i + 1}`);
	const known = ['upstreams', 'dir', ...nodes, ...(subject.kind === 'none' ? [] : ['listen', 'port', 'target', 'url'])];
	for (const text of [...argv, ...Object.values(env)]) {
		const wrong = lintTemplate(text, known)[0];
		if (wrong !== undefined) throw usageError('E_TEMPLATE', `traffic command: ${JSON.stringify(text)}: ${wrong.replace(/^line \d+: /, '')}`);
		const lone = subject.kind === 'none' ? /\{(target|url|listen|port)\}/.exec(text)?.[1] : undefined;
		if (lone !== undefined)
			throw usageError(
				'E_TEMPLATE',
				`traffic command: ${JSON.stringify(text)}: {${lone}} needs a subject that listens`,
				'name one (--subject nginx), or ask the nodes: {upstreams}, {n1}',
			);
	}
	const path = await findProgram(name, [], resolve(cwd));
	if (path !== undefined) return path;
	throw usageError('E_NOT_FOUND', `traffic command: ${name} was not found, or may not be executed (looked in ${name.includes('/') ? cwd : 'PATH'})`);
};

/**
 * The user's own traffic as the load: a program in a process group of its own, started when traffic begins. It may end
 * before the schedule does, and then the rest of the schedule is nothing to wait for; what goes on after it gets
 * `finishMs` to end by itself, and is ended then.
 */
export const openOwnLoad = async (command: TrafficCommand, needs: LoadNeeds): Promise<Load> => {
	const { custody, curtain, clock, plan, target, nodes, record } = needs;
	const program = await checkOwnTraffic(command, plan);
	const places = placesOf(needs, needs.dir);
	let ended = (): void => {};
	const over = new Promise<void>((resolve) => {
		ended = resolve;
	});
	let stopping = false;
	let stop = async (): Promise<void> => {};

	const begin = async (experiment: number): Promise<void> => {
		const env: Record<string, string> = {
			...Object.fromEntries(Object.entries(command.env).map(([name, value]) => [name, fill(value, places, target)])),
			...(target && { DARUMA_TARGET: target.socketPath ?? hostPort(target), DARUMA_URL: urlOf(target) }),
			DARUMA_UPSTREAMS: nodes.map(hostPort).join(','),
			DARUMA_RUN: needs.run,
		};
		const argv = [isAbsolute(program) ? program : resolve(command.cwd, program), ...command.argv.slice(1).map((word) => fill(word, places, target))];
		const args: HolderArgs = { argv, env, cwd: command.cwd };
		const ward = await custody.spawn({ name: 'traffic', entry: HOLDER, args, logFile: needs.logFile });
		const end = (code: number | null, detail?: string): void => {
			if (!stopping)
				record({
					kind: 'traffic',
					t: clock.now(),
					experiment,
					step: 'ended',
					...(code !== null && { code }),
					...(detail !== undefined && { detail }),
				} satisfies Event);
			ended();
		};
		let told = false;
		ward.onMessage((message) => {
			const said = message as HolderMessage;
			if (said.kind === 'spawn-error' || said.kind === 'exited') told = true;
			if (said.kind === 'spawn-error') curtain.drop(usageError('E_NOT_FOUND', `traffic command: ${program} could not be started (${said.code})`));
			if (said.kind === 'exited') end(said.code ?? 128 + signalNumber(said.signal), said.code === 0 ? undefined : lastLine(needs.logFile));
		});
		void ward.exited.then(({ code, signal }) => {
			if (!told) end(code ?? 128 + signalNumber(signal), signal ?? undefined);
		});
		record({ kind: 'traffic', t: clock.now(), experiment, step: 'started', detail: command.argv.join(' ') });
		stop = async () => {
			let cancel = (): void => {};
			const late = new Promise<void>((resolve) => {
				cancel = clock.at(clock.now() + command.finishMs, resolve);
			});
			try {
				await curtain.race(Promise.race([over, late]));
			} finally {
				// A timer that nobody waits for would keep an interrupted daruma from ending.
				cancel();
			}
			if (ward.running && !told) {
				stopping = true;
				record({ kind: 'traffic', t: clock.now(), experiment, step: 'stopped' });
			}
			await ward.end(GRACE_MS);
		};
	};
	let begun: Promise<void> = Promise.resolve();
	return {
		start: (experiment) => {
			begun = begin(experiment);
			begun.catch((error) => curtain.drop(error));
		},
		async stop() {
			await begun;
			await stop();
			return needs.firstId;
		},
		over,
		routing: null,
	};
};
