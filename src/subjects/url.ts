import { randomUUID } from 'node:crypto';
import { connect, isIP } from 'node:net';
import { type Destination, hostPort, urlOf } from '../model/endpoint.js';
import { DarumaError, EXIT, stageError } from '../model/errors.js';
import type { UrlSubject } from '../model/plan.js';
import { secureContextOf } from '../traffic/trust.js';
import { arrival } from './arrival.js';
import { destinationOf } from './destination.js';
import type { RunningSubject, SubjectKind } from './subject.js';

const CONNECT_MS = 3000;
/** A gateway that had marked dead nodes as down asks them again after 10 s at the latest, by nginx's and Envoy's defaults. */
const ARRIVAL_MS = 20_000;

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/** Load goes only where it may: to this machine, or to a host that was allowed by name. */
const permit = ({ host, socketPath }: Destination, allow: readonly string[]): void => {
	if (socketPath !== undefined || isLoopback(host) || allow.includes(host)) return;
	throw new DarumaError(
		'E_UNSAFE',
		EXIT.unsafe,
		`subject url: ${host} is not this machine, and traffic with faults behind it is not sent there`,
		`if it is yours to test: --allow ${host}`,
	);
};

/** Null: it accepts connections. */
const refuses = (to: Destination): Promise<string | null> =>
	new Promise((resolve) => {
		const socket = to.socketPath === undefined ? connect(to.port, to.host) : connect(to.socketPath);
		const end = (why: string | null): void => {
			clearTimeout(timer);
			socket.destroy();
			resolve(why);
		};
		const timer = setTimeout(() => end('no answer'), CONNECT_MS);
		socket.once('connect', () => end(null));
		socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
	});

/** A gateway that runs already. Before anything is started it must accept connections, and once the nodes are up, what is sent to it must reach them. */
export const url: SubjectKind<UrlSubject> = {
	async check(spec) {
		const target = destinationOf(spec);
		permit(target, spec.allow ?? []);
		if (target.tls) secureContextOf(target.tls);
		const why = await refuses(target);
		if (why !== null)
			throw stageError(
				'E_SUBJECT_ABSENT',
				`nothing answers at ${urlOf(target)} (${target.socketPath ?? hostPort(target)}: ${why})`,
				'start your gateway first, then run again',
			);
		return { url: urlOf(target) };
	},

	async start(spec, stage): Promise<RunningSubject> {
		const target = destinationOf(spec);
		permit(target, spec.allow ?? []);
		const reached = await arrival(target, stage, `arrival-${randomUUID()}`, ARRIVAL_MS);
		if (reached.node === null) {
			const nodes = stage.nodes.map((node) => `${node.name} ${hostPort(node)}`).join(', ');
			throw stageError(
				'E_SUBJECT_ELSEWHERE',
				`${urlOf(target)} answers, but no request through it reached a node of ours within ${ARRIVAL_MS / 1000} s (the last: ${reached.last}); the nodes are ${nodes}`,
				'let its configuration name exactly these addresses (cluster.ports), and the first path of the mix lead there',
			);
		}
		return { target, notes: [], witness: async () => [], exited: new Promise<string>(() => {}), stop: async () => {} };
	},
};
