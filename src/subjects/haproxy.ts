import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Destination, hostPort } from '../model/endpoint.js';
import type { HaproxySpec } from '../model/plan.js';
import { freePort } from '../platform/ports.js';
import { checkHaproxy, findHaproxy, haproxyArgv } from '../systems/haproxy.js';
import type { Program } from '../systems/program.js';
import { secureContextOf } from '../traffic/trust.js';
import { HAPROXY_LOG_FORMAT, haproxyAttempts, parseHaproxyLine } from '../wire/haproxy-log.js';
import { defaultHaproxy, type RenderedHaproxy, renderHaproxy } from './haproxy-render.js';
import { haproxyRouting } from './haproxy-routing.js';
import { sizeOf, startHeld, subjectEnv } from './held.js';
import type { RunningSubject, SubjectKind } from './subject.js';
import { checkTemplate, type Filling, readTemplate, standIns, syntaxError, type TemplateFile, unusedNodes } from './template-file.js';
import { WallClock } from './wall-clock.js';
import { hearWitness } from './witness.js';

const LISTEN = 'frontend … bind {listen}';
const READY_MS = 10_000;

const templateOf = (spec: HaproxySpec, replicas: number | null): Promise<TemplateFile> | TemplateFile =>
	spec.config === 'default' ? defaultHaproxy(replicas ?? 3) : readTemplate(spec.config, LISTEN, replicas);

/** Relative paths in the file (error files, maps, certificates) start from the folder it stands in. */
const homeOf = (template: TemplateFile, dir: string): string => (template.path === null ? dir : dirname(template.path));

/** Of a Unix socket's path, with room for what HAProxy appends while it binds. */
const LONGEST_PATH = 90;

/** A stats socket of our own, in a file of its own: no line of the user's moves. */
const adminSocket = async (dir: string): Promise<{ socket: string; conf: string; remove(): Promise<void> }> => {
	const own = join(dir, 'admin.sock').length > LONGEST_PATH ? await mkdtemp(join(tmpdir(), 'daruma-')) : null;
	const socket = join(own ?? dir, 'admin.sock');
	const conf = join(dir, 'daruma-admin.cfg');
	await writeFile(conf, `global\n\tstats socket ${socket.replaceAll(' ', '\\ ')} mode 600 level admin\n`);
	return { socket, conf, remove: async () => void (own === null || (await rm(own, { recursive: true, force: true }))) };
};

const renderChecked = async (program: Program, template: TemplateFile, filling: Filling, env: Record<string, string>): Promise<RenderedHaproxy> => {
	const rendered = await renderHaproxy(template, filling, process.getuid?.() === 0);
	const problem = await checkHaproxy(program, rendered.conf, homeOf(template, filling.dir), { ...env, DARUMA_LOG_FORMAT: HAPROXY_LOG_FORMAT });
	if (problem === null) return rendered;
	throw syntaxError('haproxy', problem, rendered.places, problem.file === null ? `in ${template.path ?? 'its default'}` : undefined);
};

/** A real HAProxy: `check` over the nodes and Debian's defaults, or the user's file. Its witness is a log line with %rc. */
export const haproxy: SubjectKind<HaproxySpec> = {
	async check(spec, replicas = null) {
		if (spec.tls) secureContextOf(spec.tls);
		const program = await findHaproxy();
		const template = await templateOf(spec, replicas);
		const dir = await mkdtemp(join(tmpdir(), 'daruma-haproxy-'));
		try {
			const port = await freePort();
			const nodes = standIns(template.text, replicas);
			const listen = `127.0.0.1:${port}`;
			const env = { DARUMA_LISTEN: listen, DARUMA_UPSTREAMS: nodes.join(',') };
			const rendered = await renderChecked(program, template, { listen, port, nodes, dir }, env);
			return { version: program.version, path: program.path, config: spec.config, witness: rendered.why === null ? 'its log' : `none: ${rendered.why}` };
		} finally {
			await rm(dir, { recursive: true, force: true });
		}
	},

	async start(spec, stage): Promise<RunningSubject> {
		const program = await findHaproxy();
		const template = await templateOf(spec, stage.nodes.length);
		checkTemplate(template, LISTEN, stage.nodes.length);
		const target: Destination = { name: 'haproxy', host: '127.0.0.1', port: await freePort(), ...(spec.tls && { tls: spec.tls }) };
		const env = subjectEnv(stage, target);
		const filling = { listen: hostPort(target), port: target.port, nodes: stage.nodes.map(hostPort), dir: stage.dir };
		const rendered = await renderChecked(program, template, filling, env);
		const admin = await adminSocket(stage.dir);
		const wall = new WallClock(stage.clock);
		const logFrom = await sizeOf(stage.logFile);
		const held = await startHeld(
			{
				program: 'haproxy',
				argv: haproxyArgv(program, rendered.conf, admin.conf),
				env: { ...env, DARUMA_LOG_FORMAT: HAPROXY_LOG_FORMAT },
				cwd: homeOf(template, stage.dir),
				target,
				ready: { check: { kind: 'tcp' }, withinMs: READY_MS },
				logFrom,
			},
			stage,
		).catch((error) => {
			wall.stop();
			void admin.remove();
			throw error;
		});

		const notes = [...rendered.notes];
		if (rendered.why !== null) notes.push(`haproxy is no witness of its attempts: ${rendered.why}`);
		const unused = unusedNodes(template.text, stage.nodes.length);
		if (unused.length > 0) notes.push(`the file does not mention ${unused.join(', ')}: no traffic goes there`);
		const byAddress = new Map(stage.nodes.map((n) => [hostPort(n), n.name]));
		return {
			target,
			notes,
			exited: held.exited,
			routing: haproxyRouting(admin.socket, stage.nodes),
			async witness(requests) {
				if (rendered.why !== null) return [];
				if (wall.stepped()) {
					notes.push('haproxy is no witness of its attempts: the wall clock was set during the run');
					return [];
				}
				const heard = await hearWitness(requests, {
					file: stage.logFile,
					from: logFrom,
					parse: parseHaproxyLine,
					attempts: (lines, request) =>
						lines.flatMap((line) => haproxyAttempts(line, request, (address) => byAddress.get(address) ?? null, wall.toRun, rendered.connectOnly)),
					by: 'haproxy',
					clock: stage.clock,
				});
				if (heard.note !== null) notes.push(heard.note);
				return heard.attempts;
			},
			async stop() {
				wall.stop();
				await held.stop();
				await admin.remove();
			},
		};
	},
};
