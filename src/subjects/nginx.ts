import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Destination, hostPort } from '../model/endpoint.js';
import type { NginxSpec } from '../model/plan.js';
import { freePort } from '../platform/ports.js';
import { checkNginx, findNginx, type Nginx, nginxArgv, nginxCanWitness, nginxHasErrorFlag } from '../systems/nginx.js';
import { secureContextOf } from '../traffic/trust.js';
import { nginxAttempts, parseNginxLine } from '../wire/nginx-log.js';
import { sizeOf, startHeld, subjectEnv } from './held.js';
import { defaultNginx, type RenderedNginx, renderNginx } from './nginx-render.js';
import { nginxRouting, nginxWorkers } from './nginx-routing.js';
import type { RunningSubject, Stage, SubjectKind } from './subject.js';
import { checkTemplate, type Filling, readTemplate, standIns, syntaxError, type TemplateFile, unusedNodes } from './template-file.js';
import { WallClock } from './wall-clock.js';
import { hearWitness } from './witness.js';

const LISTEN = 'server { listen {listen}; … }';
const READY_MS = 10_000;

const templateOf = (spec: NginxSpec, replicas: number | null): Promise<TemplateFile> | TemplateFile =>
	spec.config === 'default' ? defaultNginx(replicas ?? 3) : readTemplate(spec.config, LISTEN, replicas);

/** Writes the copy, and throws exit 2 with the user's own file:line when nginx does not accept it. */
const renderChecked = async (program: Nginx, template: TemplateFile, filling: Filling): Promise<RenderedNginx> => {
	const able = { errorFlag: nginxHasErrorFlag(program), witness: nginxCanWitness(program), root: process.getuid?.() === 0, prefix: program.prefix };
	const rendered = await renderNginx(template, filling, able);
	const problem = await checkNginx(program, rendered.conf, filling.dir, rendered.globals);
	if (problem === null) return rendered;
	const hint = /Permission denied/.test(problem.message)
		? 'daruma runs it as you: let it write below {dir}, as in access_log {dir}/access.log'
		: /"(\w+)" directive is duplicate/.test(problem.message)
			? 'daruma sets daemon, pid and the temp paths itself where the file does not; an included file must not'
			: undefined;
	throw syntaxError('nginx', problem, rendered.places, hint);
};

/** A real nginx: Debian's default over the nodes, or the user's file. Its witness is a log of its own with $upstream_addr. */
export const nginx: SubjectKind<NginxSpec> = {
	async check(spec, replicas = null) {
		if (spec.tls) secureContextOf(spec.tls);
		const program = await findNginx();
		const template = await templateOf(spec, replicas);
		const dir = await mkdtemp(join(tmpdir(), 'daruma-nginx-'));
		try {
			const port = await freePort();
			const rendered = await renderChecked(program, template, { listen: `127.0.0.1:${port}`, port, nodes: standIns(template.text, replicas), dir });
			return { version: program.version, path: program.path, config: spec.config, witness: rendered.why === null ? 'its log' : `none: ${rendered.why}` };
		} finally {
			await rm(dir, { recursive: true, force: true });
		}
	},

	async start(spec, stage): Promise<RunningSubject> {
		const program = await findNginx();
		const template = await templateOf(spec, stage.nodes.length);
		checkTemplate(template, LISTEN, stage.nodes.length);
		const target: Destination = { name: 'nginx', host: '127.0.0.1', port: await freePort(), ...(spec.tls && { tls: spec.tls }) };
		const rendered = await renderChecked(program, template, { listen: hostPort(target), port: target.port, nodes: stage.nodes.map(hostPort), dir: stage.dir });
		const wall = new WallClock(stage.clock);
		const logFrom = await sizeOf(stage.logFile);
		try {
			const held = await startHeld(
				{
					program: 'nginx',
					argv: nginxArgv(program, rendered.conf, stage.dir, rendered.globals),
					env: subjectEnv(stage, target),
					cwd: stage.dir,
					target,
					ready: { check: { kind: 'tcp' }, withinMs: READY_MS },
					pidFile: join(stage.dir, 'nginx.pid'),
					logFrom,
				},
				stage,
			);
			return running(held, rendered, template, target, stage, wall, program);
		} catch (error) {
			wall.stop();
			throw error;
		}
	},
};

/** It wrote this file itself when it had bound its ports, in a folder that only this run knows. */
const masterOf = async ({ dir }: Stage): Promise<number> => Number(await readFile(join(dir, 'nginx.pid'), 'utf8'));

const running = (
	held: Pick<RunningSubject, 'exited' | 'stop'>,
	rendered: RenderedNginx,
	template: TemplateFile,
	target: NonNullable<RunningSubject['target']>,
	stage: Stage,
	wall: WallClock,
	program: Nginx,
): RunningSubject => {
	const notes = [...rendered.notes];
	if (rendered.why !== null) notes.push(`nginx is no witness of its attempts: ${rendered.why}`);
	const unused = unusedNodes(template.text, stage.nodes.length);
	if (unused.length > 0) notes.push(`the file does not mention ${unused.join(', ')}: no traffic goes there`);
	const byAddress = new Map(stage.nodes.map((n) => [hostPort(n), n.name]));
	return {
		target,
		notes,
		exited: held.exited,
		routing: nginxRouting(stage.nodes, {
			conf: rendered.conf,
			check: async () => (await checkNginx(program, rendered.conf, stage.dir, rendered.globals))?.message ?? null,
			reload: async () => void process.kill(await masterOf(stage), 'SIGHUP'),
			workers: async () => nginxWorkers(await masterOf(stage)),
		}),
		async witness(requests) {
			if (rendered.witness === null) return [];
			if (wall.stepped()) {
				notes.push('nginx is no witness of its attempts: the wall clock was set during the run');
				return [];
			}
			const heard = await hearWitness(requests, {
				file: rendered.witness,
				from: 0,
				parse: parseNginxLine,
				attempts: (lines, request) => nginxAttempts(lines, request, (address) => byAddress.get(address) ?? null, wall.toRun),
				by: 'nginx',
				clock: stage.clock,
			});
			if (heard.note !== null) notes.push(heard.note);
			return heard.attempts;
		},
		async stop() {
			wall.stop();
			await held.stop();
		},
	};
};
