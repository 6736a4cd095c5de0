import { statSync } from 'node:fs';
import type { Custody, Ward } from '../custody/custody.js';
import type { Clock } from '../model/clock.js';
import { DarumaError, EXIT, stageError } from '../model/errors.js';
import type { NodeEvent } from '../model/event.js';
import type { TapFault } from '../model/fault.js';
import type { ReadySpec } from '../model/plan.js';
import { lastLines, readLog, waitReady } from '../probes/ready.js';
import type { ClusterNode, Release } from './cluster.js';
import type { NodeArgs } from './node-main.js';

/** What a node needs to start: resolved anew each time, since ports may have changed. */
export interface NodePlan {
	args: Omit<NodeArgs, 'life'>;
	ready: ReadySpec;
}

export interface NodeOptions {
	name: string;
	host: string;
	logFile: string;
	entry: string;
	tap: boolean;
	custody: Custody;
	clock: Clock;
	plan(): NodePlan;
	record(event: NodeEvent): void;
	/** The node can no longer be believed (its history cannot be written): the run must stop. */
	onFatal(error: DarumaError): void;
}

/** A tap that does not acknowledge within this time is stuck, or frozen. */
const ACK_MS = 5000;
/** As long as a registry may take to get its first entry. */
const REGISTER_MS = 10_000;

const sizeOf = (file: string): number => {
	try {
		return statSync(file).size;
	} catch {
		return 0;
	}
};

export class ProcessNode implements ClusterNode {
	readonly name: string;
	readonly host: string;
	readonly logFile: string;
	port = 0;
	replicaPort = 0;
	life = 0;
	ward: Ward | null = null;
	release: Release | null = null;
	private seq = 0;
	private readonly options: NodeOptions;

	constructor(options: NodeOptions) {
		this.options = options;
		this.name = options.name;
		this.host = options.host;
		this.logFile = options.logFile;
	}

	async start(): Promise<void> {
		if (this.ward?.running) await this.ward.end(0);
		this.life += 1;
		const { custody, clock, record, entry } = this.options;
		const { args, ready } = this.options.plan();
		const logFrom = sizeOf(this.logFile);
		const ward = await custody.spawn({ name: this.name, entry, args: { ...args, life: this.life }, env: {}, logFile: this.logFile });
		this.ward = ward;
		const { life } = this;
		record({ kind: 'node', t: clock.now(), node: this.name, life, step: 'started', pid: ward.pid });
		void ward.exited.then(({ code, signal }) =>
			record({ kind: 'node', t: clock.now(), node: this.name, life, step: 'exited', pid: ward.pid, detail: signal ?? `exit code ${code}` }),
		);
		const failed = new AbortController();
		let startedAt = (_ms: number): void => {};
		const started = new Promise<number>((resolve) => {
			startedAt = resolve;
		});
		let isReady = false;
		const listening = new Promise<void>((resolve, reject) => {
			failed.signal.addEventListener('abort', () => reject(failed.signal.reason), { once: true });
			ward.onMessage((message) => {
				if (message.kind === 'started') startedAt(clock.now());
				else if (message.kind === 'listening') resolve();
				else if (message.kind === 'fatal') this.fatal(message, isReady, failed);
				else if (message.kind === 'replica-exited' && !isReady) failed.abort(this.endedEarly(message.code, message.signal, logFrom));
			});
			void ward.exited.then(({ code, signal }) => failed.abort(this.endedEarly(code, signal, logFrom)));
		});
		try {
			await this.within(ready, started, listening, logFrom);
			await waitReady(ready, this, this.logFile, clock, failed.signal, logFrom);
		} catch (error) {
			listening.catch(() => {});
			await ward.end(0);
			throw error;
		}
		isReady = true;
		if (args.register) await this.register(ward);
		record({ kind: 'node', t: clock.now(), node: this.name, life, step: 'ready', pid: ward.pid });
	}

	/** In its first life a node that cannot be registered is no stage; later it goes on trying, as a replica would. */
	private async register(ward: Ward): Promise<void> {
		const { clock } = this.options;
		const registered = this.heard(ward, (message) => message.kind === 'registered', true, REGISTER_MS);
		ward.send({ kind: 'register' });
		if (this.life > 1) {
			registered.catch(() => {});
			return;
		}
		try {
			await registered;
		} catch {
			const told = new Promise<string>((resolve) => {
				ward.onMessage((message) => message.kind === 'unregistered' && resolve(String(message.why)));
				clock.at(clock.now() + 1000, () => resolve('the node is silent'));
			});
			ward.send({ kind: 'registered?' });
			const why = await told;
			await ward.end(0);
			throw stageError('E_REGISTER', `${this.name} could not be registered within ${REGISTER_MS} ms: ${why}`, 'is the registry of cluster.register up?');
		}
	}

	async setTapFault(fault: TapFault | null): Promise<void> {
		const { ward } = this;
		if (!this.options.tap) throw stageError('E_NO_TAP', `${this.name} has no tap: '${fault?.kind}' needs one`);
		if (!ward?.running) {
			// A fault at a tap dies with the tap.
			if (fault === null) return;
			throw stageError('E_NODE_DOWN', `${this.name} is not running: '${fault.kind}' has nothing to act on`);
		}
		const seq = ++this.seq;
		const done = this.heard(ward, (message) => message.kind === 'tap-fault-done' && message.seq === seq, fault === null);
		ward.send({ kind: 'tap-fault', fault, seq });
		await done;
	}

	async terminate(): Promise<void> {
		const { ward } = this;
		if (!ward?.running) return;
		const done = this.heard(ward, (message) => message.kind === 'terminating', true);
		ward.send({ kind: 'terminate' });
		await done;
	}

	async kill(): Promise<void> {
		const { ward } = this;
		if (!ward) return;
		if (ward.running) ward.signalGroup('SIGKILL');
		await ward.exited;
		await ward.end(0);
	}

	/** Resolves with the message; with the ward's end too if that `counts`; otherwise the end, or silence, is an error. */
	private heard(ward: Ward, wanted: (message: { kind: string; [key: string]: unknown }) => boolean, endCounts: boolean, withinMs = ACK_MS): Promise<void> {
		return new Promise((resolve, reject) => {
			const { clock } = this.options;
			const cancel = clock.at(clock.now() + withinMs, () => reject(stageError('E_NODE_SILENT', `${this.name} did not acknowledge within ${withinMs} ms`)));
			ward.onMessage((message) => {
				if (!wanted(message)) return;
				cancel();
				resolve();
			});
			void ward.exited.then(() => {
				cancel();
				if (endCounts) resolve();
				else reject(stageError('E_NODE_DOWN', `${this.name} ended before it acknowledged`));
			});
		});
	}

	/** `listening` within the time for getting ready, which begins with the replica's process. */
	private async within(ready: ReadySpec, started: Promise<number>, listening: Promise<void>, logFrom: number): Promise<void> {
		const { clock } = this.options;
		let cancel = (): void => {};
		const late = new Promise<never>((_, reject) => {
			const why = (): Error =>
				stageError(
					'E_NOT_READY',
					`${this.name} was not ready within ${ready.withinMs} ms: nothing listened on ${this.host}:${this.replicaPort}; ${lastLines(this.logFile, logFrom)}`,
					'does it listen on the port it is given ({port}, DARUMA_LISTEN)? a longer time: ready.within',
				);
			void started.then((ms) => {
				cancel = clock.at(ms + ready.withinMs, () => reject(why()));
			});
		});
		try {
			await Promise.race([listening, late]);
		} finally {
			cancel();
		}
	}

	private fatal(message: { [key: string]: unknown }, isReady: boolean, failed: AbortController): void {
		const error = new DarumaError(String(message.code), EXIT.stage, String(message.message), message.hint as string | undefined);
		if (isReady) this.options.onFatal(error);
		else failed.abort(error);
	}

	private endedEarly(code: unknown, signal: unknown, logFrom: number): DarumaError {
		const taken = /EADDRINUSE|address already in use/i.test(readLog(this.logFile, logFrom));
		const how = signal ? `was ended by ${signal}` : `exited with code ${code}`;
		return stageError(taken ? 'E_PORT_IN_USE' : 'E_NOT_READY', `${this.name} ${how} before it was ready; ${lastLines(this.logFile, logFrom)}`);
	}
}
