import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { eventually, killOne } from '../../src/custody/group.js';
import { type Identity, isAlive, isGone, listProcesses, type ProcessInfo, processesWith } from '../../src/platform/process-identity.js';
import { createRun, type RunFolder } from '../../src/platform/run-folder.js';

export const LINUX = process.platform === 'linux';

export const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
export const HOLDER = at('../../src/custody/holder.js');

export const baseFolder = (t: ExecutionContext): string => {
	const base = mkdtempSync(join(tmpdir(), 'daruma-test-'));
	t.teardown(() => rmSync(base, { recursive: true, force: true }));
	return base;
};

/** Everything that belongs to a run: by its mark in the environment, or (the watchdog, a fork that has not become its program yet) by its command line. */
export const ofRun = (run: string, but: readonly number[] = []): ProcessInfo[] => {
	const marked = new Set(processesWith(`DARUMA_RUN=${run}`).map((p) => p.pid));
	return listProcesses().filter((p) => !isGone(p) && p.pid !== process.pid && !but.includes(p.pid) && (marked.has(p.pid) || commandLine(p.pid).includes(run)));
};

const commandLine = (pid: number): string => {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
	} catch {
		return '';
	}
};

/** None of the run is left, twice in a row. */
export const noneLeft = (run: string, withinMs: number, but: readonly number[] = []): Promise<boolean> => {
	let quiet = 0;
	return eventually(withinMs, () => {
		quiet = ofRun(run, but).length === 0 ? quiet + 1 : 0;
		return quiet >= 3;
	});
};

export const until = async (t: ExecutionContext, what: string, done: () => boolean, withinMs = 10_000): Promise<void> => {
	if (!(await eventually(withinMs, done))) t.fail(`not within ${withinMs} ms: ${what}`);
};

export interface Said {
	kind: string;
	pid: number;
	startTime: string;
	name: string;
}

/** A daruma to be murdered: a driver process that opens custody and keeps starting, freezing and ending wards. */
export class Driver {
	readonly run: RunFolder;
	readonly said: Said[] = [];
	readonly pid: number;
	readonly gone: Promise<void>;
	private readonly child: ChildProcess;

	constructor(t: ExecutionContext, base: string, options: { leaseMs: number; busy: boolean; seed: number }) {
		this.run = createRun(base);
		this.child = spawn(process.execPath, [at('./fixture-driver.js'), JSON.stringify({ ...options, run: this.run.id, folder: this.run.path })], {
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		this.pid = this.child.pid as number;
		this.gone = new Promise((resolve) => void this.child.once('exit', () => resolve()));
		createInterface({ input: this.child.stdout as NodeJS.ReadableStream }).on('line', (line) => void this.said.push(JSON.parse(line) as Said));
		t.teardown(() => {
			this.child.kill('SIGKILL');
			for (const p of [...ofRun(this.run.id), ...this.identities.filter(isAlive)]) killOne(p);
		});
	}

	async ready(t: ExecutionContext): Promise<void> {
		await until(t, 'the driver is ready', () => this.said.some((s) => s.kind === 'ready'), 20_000);
	}

	signal(signal: NodeJS.Signals): void {
		this.child.kill(signal);
	}

	get identities(): Identity[] {
		return this.said.filter((s) => s.kind === 'process');
	}

	of(name: string): Identity {
		return this.identities.find((s) => (s as Said).name === name) as Identity;
	}

	get watchdog(): Identity {
		return (JSON.parse(readFileSync(this.run.journal, 'utf8').split('\n')[0] as string) as { watchdog: Identity }).watchdog;
	}

	/** By name, who of those that the driver told of is still there. */
	get alive(): string[] {
		return this.said.filter((s) => s.kind === 'process' && isAlive(s)).map((s) => s.name);
	}
}

export const left = (run: string, but: readonly number[] = []): string =>
	ofRun(run, but)
		.map((p) => `${p.pid} ${p.comm} ${p.state} ${commandLine(p.pid).replaceAll('\0', ' ')}`)
		.join('\n');
