/**
 * One node, behind its gate: the leader of the process group. It starts the replica as its child in the same group, and
 * is its tap. To the link: started, listening, replica-exited, tap-fault-done, terminating, crashing,
 * registered, unregistered, fatal.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import type { Link } from '../custody/custody.js';
import { DarumaError, EXIT, stageError } from '../model/errors.js';
import type { TapFault } from '../model/fault.js';
import type { Correlation } from '../model/plan.js';
import type { RegisterSpec } from '../model/registration.js';
import { MonotonicClock } from '../platform/clock.js';
import { HistoryWriter } from '../platform/history-writer.js';
import { recordLag } from '../platform/lag.js';
import { isListening } from '../proxy/listening.js';
import { Tap } from '../proxy/tap.js';
import { identity } from '../wire/request-id.js';
import type { Registrar } from './registrars/registrar.js';

/** JSON. */
export interface NodeArgs {
	node: string;
	life: number;
	host: string;
	/** The node's port: of the tap, or of the replica when there is no tap. */
	port: number;
	/** Where the replica is told to listen. */
	replicaPort: number;
	tap: boolean;
	argv: string[];
	env: Record<string, string>;
	cwd: string;
	zeroNs: string;
	history: string;
	/** Where it registers when it is told to. */
	register?: { spec: RegisterSpec; run: string };
	/** Where ids survive; absent: in x-daruma-id alone. */
	correlate?: Correlation;
}

const POLL_MS = 5;
/** How long answers may still be on their way to clients after the replica has ended. */
const FLUSH_MS = 5000;

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, POLL_MS));

export const main = async (raw: unknown, link: Link): Promise<void> => {
	const args = raw as NodeArgs;
	const fatal = (error: Error): void => {
		const known = error instanceof DarumaError ? error : stageError('E_NODE', `${args.node}: ${error.message}`);
		link.send({ kind: 'fatal', code: known.code, message: known.message, ...(known.hint === undefined ? {} : { hint: known.hint }) });
	};
	const giveUp = (error: Error): never => {
		fatal(error);
		return process.exit(EXIT.stage);
	};
	const clock = new MonotonicClock(args.zeroNs);
	const history = new HistoryWriter(args.history, fatal);

	for (const port of new Set([args.port, args.replicaPort])) if (await isListening(args.host, port)) giveUp(inUse(args, port));
	const replica = startReplica(args, giveUp);
	let exited = false;
	let registrar: Registrar | null = null;
	let left: Promise<void> | null = null;
	if (replica.pid !== undefined) link.send({ kind: 'started', pid: replica.pid });

	const tap = args.tap
		? new Tap({
				node: args.node,
				life: args.life,
				host: args.host,
				port: args.port,
				upstream: { host: args.host, port: args.replicaPort },
				clock,
				history,
				identity: identity(args.correlate),
				onFatal: fatal,
				onCrash: () => {
					history.flush();
					link.send({ kind: 'crashing', t: clock.now() });
					process.kill(-process.pid, 'SIGKILL');
				},
			})
		: null;
	if (tap) recordLag(clock, `tap:${args.node}`, history);

	replica.on('exit', async (code, signal) => {
		exited = true;
		tap?.end();
		link.send({ kind: 'replica-exited', code, signal });
		const limit = clock.now() + FLUSH_MS;
		while (tap && !tap.flushed && clock.now() < limit) await pause();
		// Only who ends in order says goodbye: a replica that crashed leaves its entry to the registry's own clock.
		await left;
		history.close();
		process.exit(code ?? 128 + constants.signals[signal as NodeJS.Signals]);
	});

	link.onMessage(async (message) => {
		if (message.kind === 'tap-fault') {
			tap?.setFault(message.fault as TapFault | null);
			link.send({ kind: 'tap-fault-done', seq: message.seq });
		} else if (message.kind === 'terminate') {
			left = registrar?.leave() ?? null;
			replica.kill('SIGTERM');
			link.send({ kind: 'terminating' });
			while (tap && !exited && (await isListening(args.host, args.replicaPort))) await pause();
			tap?.end();
		} else if (message.kind === 'register' && args.register && !registrar) {
			registrar = await openRegistrar(args, clock);
			await registrar.registered;
			link.send({ kind: 'registered' });
		} else if (message.kind === 'registered?') {
			link.send({ kind: 'unregistered', why: registrar?.trouble ?? 'no answer yet' });
		}
	});

	while (!exited && !(await isListening(args.host, args.replicaPort))) await pause();
	if (exited) return;
	try {
		await tap?.listen();
	} catch {
		giveUp(inUse(args, args.port));
	}
	link.send({ kind: 'listening' });
};

const openRegistrar = async ({ node, host, port, register }: NodeArgs, clock: MonotonicClock): Promise<Registrar> => {
	const { registrarOf } = await import('./registrars/index.js');
	const { spec, run } = register as NonNullable<NodeArgs['register']>;
	const log = (text: string): void => console.error(`daruma: ${node}: ${text}`);
	return (await registrarOf(spec)).open({ spec, who: { name: node, host, port, run }, clock, log });
};

const inUse = ({ node, host }: NodeArgs, port: number): DarumaError =>
	stageError('E_PORT_IN_USE', `the port of ${node}, ${host}:${port}, is in use by another process`, 'see who it is: ss -ltnp');

const startReplica = (args: NodeArgs, giveUp: (error: Error) => never): ChildProcess => {
	const [command = '', ...rest] = args.argv;
	const replica = spawn(command, rest, { cwd: args.cwd, env: { ...process.env, ...args.env }, stdio: ['ignore', 'inherit', 'inherit'] });
	replica.on('error', (error: NodeJS.ErrnoException) => {
		if (replica.pid !== undefined) return;
		if (!existsSync(args.cwd)) giveUp(stageError('E_COMMAND', `the working directory of ${args.node} does not exist: ${args.cwd}`));
		const why = error.code === 'ENOENT' ? 'command not found' : error.code === 'EACCES' ? 'not executable' : `could not be started (${error.code})`;
		giveUp(stageError('E_COMMAND', `${args.node}: ${why}: ${command}`, 'give the program as it would be found in a terminal, or by its path'));
	});
	return replica;
};
