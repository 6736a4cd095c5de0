import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stageError } from '../model/errors.js';
import { type Identity, readProcess, sameProcess } from '../platform/process-identity.js';
import type { Ward, WardSpec } from './custody.js';
import { eventually, family, type Group, killGroup, living, runToken, signalGroup, sweep } from './group.js';

const GATE = fileURLToPath(new URL('./gate.js', import.meta.url));

type Message = { kind: string; [key: string]: unknown };

/** A child at its gate: it has been started, and does nothing until `go`. */
/** A channel whose process is gone is read to its end in no time; longer only if somebody else holds it open. */
const LAST_WORDS_MS = 1000;

export class LiveWard implements Ward {
	readonly ordinal: number;
	readonly name: string;
	readonly pid: number;
	readonly startTime: string;
	/** Resolves when the leader has ended and whatever it left behind is gone too. */
	readonly exited: Promise<{ code: number | null; signal: string | null }>;
	/** What of its remains could not be ended. */
	failure: string | undefined;
	private readonly child: ChildProcess;
	/** Processes that it told of, by which its group is known when it has gone itself. */
	readonly members: Identity[] = [];
	private readonly group: Group;
	private readonly token: string;
	/** Who belonged to it before it was killed, wherever they are by now. */
	private readonly seen: Identity[] = [];
	private graceUntil = 0;
	private readonly listeners: ((message: Message) => void)[] = [];
	private readonly early: Message[] = [];

	/** `onMember` hears of processes that the ward has started inside its group (holders tell). */
	constructor(child: ChildProcess, identity: Identity, spec: WardSpec, run: string, ordinal: number, onMember: (member: Identity) => void) {
		this.child = child;
		this.ordinal = ordinal;
		this.name = spec.name;
		this.pid = identity.pid;
		this.startTime = identity.startTime;
		this.token = wardToken(run, ordinal);
		this.group = { ...identity, token: runToken(run), members: this.members };
		// The end can be known before the last words have been read: who waits for one has heard the other.
		const lastWords = new Promise<void>((resolve) => {
			child.once('disconnect', () => setImmediate(resolve));
		});
		this.exited = new Promise((resolve) => {
			child.once('exit', async (code, signal) => {
				await Promise.race([child.channel ? lastWords : undefined, new Promise((late) => setTimeout(late, LAST_WORDS_MS).unref())]);
				await this.clear();
				resolve({ code, signal });
			});
		});
		child.on('error', () => {});
		child.on('message', (message: Message) => {
			if (message.kind === 'started' && typeof message.pid === 'number') {
				const member = readProcess(message.pid);
				if (member?.pgrp === this.pid) {
					this.members.push({ pid: member.pid, startTime: member.startTime });
					onMember(member);
				}
			}
			if (this.listeners.length === 0) this.early.push(message);
			for (const listener of this.listeners) listener(message);
		});
	}

	get running(): boolean {
		return this.child.exitCode === null && this.child.signalCode === null;
	}

	go(entry: string, args: unknown): void {
		this.send({ kind: 'go', entry, args });
	}

	send(message: object): void {
		if (this.child.connected) this.child.send(message, () => {});
	}

	onMessage(listener: (message: Message) => void): void {
		this.listeners.push(listener);
		for (const message of this.early.splice(0)) listener(message);
	}

	signalGroup(signal: NodeJS.Signals): void {
		if (signal === 'SIGKILL') this.remember();
		signalGroup(this.group, signal);
	}

	/** Before its processes end, who they are: their children cannot be told from strangers once their parents are gone. */
	private remember(): void {
		this.seen.push(...family(this.group).filter((p) => !this.seen.some((s) => sameProcess(s, p))));
	}

	async end(graceMs = 2000): Promise<void> {
		this.graceUntil = performance.now() + graceMs;
		this.remember();
		if (graceMs > 0 && signalGroup(this.group, 'SIGTERM')) {
			// A stopped process hears SIGTERM only when it is continued.
			signalGroup(this.group, 'SIGCONT');
			let timer: NodeJS.Timeout | undefined;
			await Promise.race([
				this.exited,
				new Promise((resolve) => {
					timer = setTimeout(resolve, graceMs);
				}),
			]);
			clearTimeout(timer);
		}
		if (this.running) this.signalGroup('SIGKILL');
		await this.exited;
		if (this.failure !== undefined) throw new Error(this.failure);
	}

	private async clear(): Promise<void> {
		try {
			// Whoever outlives its leader still has the rest of its grace.
			await eventually(this.graceUntil - performance.now(), () => living(this.group).length === 0);
			await killGroup(this.group, this.seen);
			await sweep(this.token, new Set([process.pid]), this);
		} catch (error) {
			this.failure = `${this.name}: ${(error as Error).message}`;
		}
	}
}

const wardToken = (run: string, ordinal: number): string => `DARUMA_WARD=${run}.${ordinal}`;

/** Starts a child that waits at its gate. It leads a group and a session of its own. Throws exit 4 when there is no process to be had. */
export const startAtGate = async (spec: WardSpec, run: string, ordinal: number, onMember: (ward: number, member: Identity) => void): Promise<LiveWard> => {
	const failed = (why: string): Error =>
		stageError('E_SPAWN', `${spec.name} could not be started: ${why}`, spec.cwd === undefined ? undefined : `is ${spec.cwd} a folder?`);
	let child: ChildProcess;
	mkdirSync(dirname(spec.logFile), { recursive: true });
	const log = openSync(spec.logFile, 'a');
	try {
		const [name, value] = wardToken(run, ordinal).split('=') as [string, string];
		child = spawn(process.execPath, [GATE], {
			detached: true,
			stdio: ['ignore', log, log, 'ipc'],
			env: { ...process.env, ...spec.env, DARUMA_RUN: run, [name]: value },
			...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
		});
	} finally {
		closeSync(log);
	}
	// Read in the same turn: a child that has died already is still a zombie, since only a later turn can reap it.
	const identity = child.pid === undefined ? undefined : readProcess(child.pid);
	if (!identity) {
		const why = await new Promise<string>((resolve) => void child.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message)));
		throw failed(why);
	}
	return new LiveWard(child, { pid: identity.pid, startTime: identity.startTime }, spec, run, ordinal, (member) => onMember(ordinal, member));
};
