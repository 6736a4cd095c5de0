import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Custody } from '../custody/custody.js';
import type { Clock } from '../model/clock.js';
import { type Endpoint, hostPort } from '../model/endpoint.js';
import { DarumaError } from '../model/errors.js';
import type { NodeEvent } from '../model/event.js';
import type { BuiltinReplica, ClusterSpec, Correlation, ReadySpec } from '../model/plan.js';
import type { RegisterSpec } from '../model/registration.js';
import { fillTemplate, nodeValues } from '../model/template.js';
import { freePort } from '../platform/ports.js';
import type { Cluster } from './cluster.js';
import { type NodePlan, ProcessNode } from './node.js';

export interface ClusterOptions {
	spec: ClusterSpec;
	/** Where ids survive the subject; absent: in x-daruma-id alone. */
	correlate?: Correlation | undefined;
	custody: Custody;
	clock: Clock;
	/** Zero of the run's clock: {@link monotonicNs}. */
	zeroNs: string;
	/** history.ndjson, absolute. */
	history: string;
	run: string;
	/** Existing folders, absolute: n1.log … in the first, n1/ … in the second. */
	logDir: string;
	scratchDir: string;
	seed: number;
	/** Hears of each start, readiness and end of a node. */
	record(event: NodeEvent): void;
	/** By which address `from` asks `to` in a mesh; absent: by its own. For a cut between two nodes alone. */
	route?(from: string, to: Endpoint): string;
	/** A node says that the run cannot be believed any more (its history cannot be written). */
	onFatal(error: DarumaError): void;
}

const HOST = '127.0.0.1';
const ENTRY = fileURLToPath(new URL('./node-main.js', import.meta.url));
const BUILTIN_READY_MS = 15_000;
const BUILTIN: Record<BuiltinReplica['kind'], { entry: string; check: ReadySpec['check'] }> = {
	http: { entry: fileURLToPath(new URL('./replicas/http-main.js', import.meta.url)), check: { kind: 'http', path: '/' } },
	grpc: { entry: fileURLToPath(new URL('./replicas/grpc-main.js', import.meta.url)), check: { kind: 'grpc', service: '' } },
};

/** Prepares the nodes; `start` starts them. Only at a first start are ports chosen again (once) if somebody was faster. */
export const createCluster = async (options: ClusterOptions): Promise<Cluster> => {
	const { spec, custody, clock } = options;
	const nodes: ProcessNode[] = [];
	for (let i = 1; i <= spec.replicas; i++) {
		const name = `n${i}`;
		const dir = join(options.scratchDir, name);
		mkdirSync(dir, { recursive: true });
		const node: ProcessNode = new ProcessNode({
			name,
			host: HOST,
			logFile: join(options.logDir, `${name}.log`),
			entry: ENTRY,
			tap: spec.tap,
			custody,
			clock,
			record: options.record,
			onFatal: options.onFatal,
			plan: () => planOf(options, node, dir, nodes),
		});
		nodes.push(node);
	}
	const choosePorts = async (): Promise<void> => {
		for (const [i, node] of nodes.entries()) {
			node.port = spec.ports?.[i] ?? (await freePort(HOST));
			node.replicaPort = spec.tap ? await freePort(HOST) : node.port;
			node.life = 0;
		}
	};
	const stop = async (): Promise<void> => {
		await Promise.all(nodes.map((node) => (node.ward?.running ? node.ward.end() : undefined)));
		if (spec.register && nodes.some((node) => node.life > 0)) await sweep(spec.register, options.run, nodes);
	};
	const startAll = async (): Promise<void> => {
		const starts = await Promise.allSettled(nodes.map((node) => node.start()));
		const failed = starts.find((s): s is PromiseRejectedResult => s.status === 'rejected');
		if (!failed) return;
		await stop();
		throw failed.reason;
	};
	await choosePorts();
	const start = async (): Promise<void> => {
		try {
			await startAll();
		} catch (error) {
			if (!(error instanceof DarumaError) || error.code !== 'E_PORT_IN_USE' || spec.ports) throw error;
			await choosePorts();
			await startAll();
		}
	};
	return { nodes, start, stop };
};

/** What a registry would keep for longer than this run. */
const sweep = async (register: RegisterSpec, run: string, nodes: readonly Endpoint[]): Promise<void> => {
	const { registrarOf } = await import('./registrars/index.js');
	await (await registrarOf(register)).sweep(
		register,
		nodes.map(({ name, host, port }) => ({ name, host, port, run })),
	);
};

const planOf = (options: ClusterOptions, node: ProcessNode, dir: string, nodes: readonly ProcessNode[]): NodePlan => {
	const { spec } = options;
	const listen = hostPort({ host: HOST, port: node.replicaPort });
	const values = { ...nodeValues(nodes.map(hostPort)), port: node.replicaPort, listen, dir };
	const fill = (text: string): string => fillTemplate(text, values);
	const own = {
		DARUMA_LISTEN: listen,
		DARUMA_UPSTREAMS: nodes.map(hostPort).join(','),
		DARUMA_RUN: options.run,
		DARUMA_HISTORY: options.history,
		DARUMA_ZERO: options.zeroNs,
		DARUMA_NODE: node.name,
	};
	const common = {
		node: node.name,
		host: HOST,
		port: node.port,
		replicaPort: node.replicaPort,
		tap: spec.tap,
		zeroNs: options.zeroNs,
		history: options.history,
		...(spec.register && { register: { spec: spec.register, run: options.run } }),
		...(options.correlate && { correlate: options.correlate }),
	};
	const { replica } = spec;
	if (replica.kind === 'command') {
		const env = Object.fromEntries(Object.entries(replica.env).map(([key, text]) => [key, fill(text)]));
		return {
			args: { ...common, argv: (node.release?.argv ?? replica.argv).map(fill), env: { ...env, ...own }, cwd: node.release?.cwd ?? replica.cwd },
			ready: replica.ready,
		};
	}
	const { entry, check } = BUILTIN[replica.kind];
	const argv = [process.execPath, entry, '--port', `${node.replicaPort}`, '--service-ms', `${replica.serviceMs}`, '--node', node.name];
	if (options.correlate) argv.push('--correlate', JSON.stringify(options.correlate));
	if (replica.mesh) {
		const address = (to: Endpoint): string => options.route?.(node.name, to) ?? hostPort(to);
		argv.push(
			'--mesh',
			nodes
				.filter((each) => each !== node)
				.map((each) => `${each.name}=${address(each)}`)
				.join(','),
		);
	}
	return { args: { ...common, argv, env: own, cwd: dir }, ready: { check, withinMs: BUILTIN_READY_MS } };
};
