import { resolve } from 'node:path';
import { type Destination, hostPort } from '../model/endpoint.js';
import { usageError } from '../model/errors.js';
import type { CommandSubject } from '../model/plan.js';
import { fillTemplate, lintTemplate, nodeValues } from '../model/template.js';
import { freePort } from '../platform/ports.js';
import { findProgram } from '../systems/program.js';
import { secureContextOf } from '../traffic/trust.js';
import { sizeOf, startHeld, subjectEnv } from './held.js';
import type { RunningSubject, SubjectKind } from './subject.js';

const lint = (spec: CommandSubject, replicas: number | null): void => {
	const nodes = Array.from({ length: replicas ?? 64 }, (_, i) => `n${i + 1}`);
	for (const text of [...spec.argv, ...Object.values(spec.env)]) {
		const wrong = lintTemplate(text, ['listen', 'port', ...nodes, 'upstreams', 'dir'])[0];
		if (wrong !== undefined) throw usageError('E_TEMPLATE', `subject command: ${JSON.stringify(text)}: ${wrong.replace(/^line \d+: /, '')}`);
	}
};

/** Any program: a gateway, a proxy, a client behind a port. It is told where to listen and whom to call by its command line or DARUMA_LISTEN and DARUMA_UPSTREAMS. */
export const command: SubjectKind<CommandSubject> = {
	async check(spec, replicas = null) {
		if (spec.tls) secureContextOf(spec.tls);
		const name = spec.argv[0];
		if (!name)
			throw usageError('E_CONFIG', 'subject command: the command is empty', 'write: command: [./gateway, --listen, "{listen}", --upstreams, "{upstreams}"]');
		lint(spec, replicas);
		const path = await findProgram(name, [], resolve(spec.cwd));
		if (path === undefined)
			throw usageError('E_NOT_FOUND', `subject command: ${name} was not found, or may not be executed (looked in ${name.includes('/') ? spec.cwd : 'PATH'})`);
		return { path, command: spec.argv.join(' ') };
	},

	async start(spec, stage): Promise<RunningSubject> {
		const { path } = await command.check(spec, stage.nodes.length);
		const target: Destination = { name: 'subject', host: '127.0.0.1', port: await freePort(), ...(spec.tls && { tls: spec.tls }) };
		const values = { listen: hostPort(target), port: target.port, dir: stage.dir, ...nodeValues(stage.nodes.map(hostPort)) };
		const env = Object.fromEntries(Object.entries(spec.env).map(([name, value]) => [name, fillTemplate(value, values)]));
		const held = await startHeld(
			{
				program: spec.argv[0] as string,
				argv: [path as string, ...spec.argv.slice(1).map((word) => fillTemplate(word, values))],
				env: { ...subjectEnv(stage, target), ...env },
				cwd: spec.cwd,
				target,
				ready: spec.ready,
				logFrom: await sizeOf(stage.logFile),
			},
			stage,
		);
		return { target, notes: [], exited: held.exited, witness: async () => [], stop: held.stop };
	},
};
