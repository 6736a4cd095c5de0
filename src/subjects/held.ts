import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Destination, type Endpoint, hostPort } from '../model/endpoint.js';
import { type DarumaError, stageError, usageError } from '../model/errors.js';
import type { ReadySpec } from '../model/plan.js';
import { lastLines, readLog, waitReady } from '../probes/ready.js';
import { foreignListener, unaccepted } from './listener.js';
import type { RunningSubject, Stage } from './subject.js';

const HOLDER = fileURLToPath(new URL('../custody/holder.js', import.meta.url));
const GRACE_MS = 2000;

export interface HeldSpec {
	/** For messages: 'nginx'. */
	program: string;
	argv: string[];
	env: Record<string, string>;
	cwd: string;
	target: Destination;
	ready: ReadySpec;
	/** A file that it writes when all its ports are bound: until then an open port of it proves nothing. */
	pidFile?: string;
	/** Where its own part of the log begins. */
	logFrom: number;
}

/** What every process that a subject may be knows about its stage. */
export const subjectEnv = (stage: Stage, target: Endpoint): Record<string, string> => ({
	DARUMA_LISTEN: hostPort(target),
	DARUMA_UPSTREAMS: stage.nodes.map(hostPort).join(','),
	DARUMA_RUN: stage.run,
});

/**
 * Starts a foreign program in its own group under custody, and resolves when it answers. Throws exit 2 when there is
 * nothing to execute, exit 4 with the last lines of its log when it ends early, is not ready in time, or when its port
 * belongs to somebody else; it is ended then.
 */
export const startHeld = async (spec: HeldSpec, stage: Stage): Promise<Pick<RunningSubject, 'exited' | 'stop'>> => {
	const { program, argv, env, cwd, target } = spec;
	const ward = await stage.custody.spawn({ name: 'subject', entry: HOLDER, args: { argv, env, cwd }, logFile: stage.logFile });
	let tell: (why: DarumaError) => void = () => {};
	const ended = new Promise<DarumaError>((resolve) => {
		tell = resolve;
	});
	ward.onMessage((message) => {
		if (message.kind === 'spawn-error')
			tell(usageError('E_NOT_FOUND', `${program}: ${argv[0]} could not be started (${message.code})`, 'is it there, and executable?'));
		if (message.kind === 'exited') tell(endedEarly(program, message.code as number | null, message.signal as string | null, stage.logFile, spec.logFrom));
	});
	void ward.exited.then(({ code, signal }) => tell(endedEarly(program, code, signal, stage.logFile, spec.logFrom)));

	const stop = (): Promise<void> => ward.end(GRACE_MS);
	const early = new AbortController();
	void ended.then((why) => early.abort(why));
	try {
		const ready = async (): Promise<void> => {
			const { pidFile } = spec;
			if (pidFile !== undefined) await until(async () => (await sizeOf(pidFile)) > 0, 'it had not started', spec, stage, early.signal);
			await waitReady(spec.ready, target, stage.logFile, stage.clock, early.signal, spec.logFrom);
			await until(async () => !unaccepted(target.port), 'its port was open, but it accepted nothing', spec, stage, early.signal);
		};
		await Promise.race([ready(), ended.then((why) => Promise.reject(why))]);
		const stranger = foreignListener(target.port, ward.pid, stage.run);
		if (stranger !== null) throw portInUse(program, target.port, `process ${stranger} listens there`);
	} catch (error) {
		// What could not be ended now is custody's to end, verify and report at the run's end.
		await stop().catch(() => {});
		throw error;
	}
	return { exited: ended.then((why) => why.message), stop };
};

const until = async (
	holds: () => Promise<boolean>,
	otherwise: string,
	{ program, ready, logFrom }: HeldSpec,
	{ clock, logFile }: Stage,
	signal: AbortSignal,
): Promise<void> => {
	const limit = clock.now() + ready.withinMs;
	while (!(await holds())) {
		signal.throwIfAborted();
		if (clock.now() > limit)
			throw stageError('E_NOT_READY', `${program} was not ready within ${ready.withinMs} ms: ${otherwise}; ${lastLines(logFile, logFrom)}`);
		await new Promise<void>((resolve) => void clock.at(clock.now() + 10, resolve));
	}
};

/** Bytes in a log that earlier processes wrote; 0 when there is none yet. */
export const sizeOf = async (file: string): Promise<number> => (await stat(file).catch(() => null))?.size ?? 0;

const portInUse = (program: string, port: number | string, detail: string): DarumaError =>
	stageError('E_PORT_IN_USE', `${program} cannot listen on port ${port}: ${detail}`, `who has it: ss -ltnp 'sport = :${port}'`);

const endedEarly = (program: string, code: number | null, signal: string | null, logFile: string, logFrom: number): DarumaError => {
	const log = readLog(logFile, logFrom);
	const taken = /^.*Address already in use.*$/m.exec(log)?.[0];
	if (taken !== undefined) return portInUse(program, [...taken.matchAll(/:(\d+)\b(?!:)/g)].at(-1)?.[1] ?? '?', taken.trim());
	const how = signal === null ? `exit code ${code}` : signal;
	return stageError('E_SUBJECT_EXITED', `${program} ended by itself (${how}); ${lastLines(logFile, logFrom)}`, `its whole log: ${logFile}`);
};
