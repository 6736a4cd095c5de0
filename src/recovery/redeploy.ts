import { cp, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Release } from '../cluster/cluster.js';
import { stageError } from '../model/errors.js';
import { lastLines } from '../probes/ready.js';
import type { RecoveryContext, RecoveryKindModule } from './act.js';
import { route } from './failover.js';
import { healthy } from './healthy.js';

const HOLDER = fileURLToPath(new URL('../custody/holder.js', import.meta.url));
const DEPLOY_MS = 120_000;

/**
 * Puts another version (or a fresh copy of the same) in the place of a node's replica:
 * ```
 *   copy ─► out of rotation ─► SIGTERM … SIGKILL ─► deploy command ─► start ─► good answers ─► in again
 *   (arm)                                                   │ not healthy
 *                                                           └─► heal: the previous version, started, good answers, in again
 * ```
 * The copy is made before anything is touched; the version before stays where it is until the run ends.
 */
export const redeploy: RecoveryKindModule = {
	async arm(context) {
		const { node, deploy, clock, routing } = context;
		const previous = node.release;
		const next: Release | null = deploy.command || deploy.source !== undefined ? { ...previous } : previous;
		if (next && deploy.command) next.argv = deploy.command;
		const copy = join(context.copies, `${node.name}-${node.life + 1}`);
		if (deploy.source !== undefined) next!.cwd = await workingCopy(deploy.source, copy);
		// A node that answers is let finish; one that is down has nothing to finish.
		const drains = deploy.drain && routing !== null;
		let isOut = false;
		let stopped = false;
		const takeDown = async (): Promise<void> => {
			if (node.ward?.running && deploy.graceMs > 0) {
				await node.terminate().catch(() => {});
				await over(node.ward.exited, deploy.graceMs);
			}
			await node.kill();
			stopped = true;
		};
		const bringIn = async (): Promise<void> => {
			if (!isOut) return;
			await route(context, 'in');
			isOut = false;
		};
		return {
			async fire() {
				if (drains) {
					isOut = true;
					await route(context, 'drain');
				}
				await takeDown();
				if (deploy.run) await runToEnd(context, deploy.run, copy);
				node.release = next;
				await node.start();
			},
			async effective(withinMs) {
				const since = clock.now();
				const seen = await healthy(context, { ...deploy.gate, withinMs });
				await bringIn();
				return { ...seen, t: since, seenMs: clock.now() };
			},
			async heal() {
				if (stopped) {
					await node.kill();
					if (deploy.undo) await runToEnd(context, deploy.undo, copy);
					node.release = previous;
					await node.start();
				}
				const seen = await healthy(context, deploy.gate);
				await bringIn();
				return { ...seen, seenMs: clock.now() };
			},
		};
	},
};

const over = async (end: Promise<unknown>, withinMs: number): Promise<void> => {
	let timer: NodeJS.Timeout | undefined;
	await Promise.race([
		end,
		new Promise((resolve) => {
			timer = setTimeout(resolve, withinMs);
		}),
	]);
	clearTimeout(timer);
};

/** Links in it stay as they are: what it points to is not ours to copy. */
const workingCopy = async (source: string, copy: string): Promise<string> => {
	const found = await stat(source).catch(() => null);
	if (!found?.isDirectory())
		throw stageError('E_SOURCE', `redeploy: ${source} is ${found ? 'no folder' : 'not there'}`, 'source: the folder that holds the new version');
	await mkdir(copy, { recursive: true });
	await cp(source, copy, { recursive: true, verbatimSymlinks: true });
	return copy;
};

/** A deploy command, without a shell and under custody. Rejects with the last lines of what it said unless it exits 0. */
const runToEnd = async ({ node, custody, logFile }: RecoveryContext, words: readonly string[], dir: string): Promise<void> => {
	await mkdir(dir, { recursive: true });
	const argv = words.map((word) => word.replaceAll('{node}', node.name).replaceAll('{port}', `${node.port}`).replaceAll('{dir}', dir));
	const env = { DARUMA_NODE: node.name, DARUMA_PORT: `${node.port}`, DARUMA_DIR: dir };
	const ward = await custody.spawn({ name: `deploy ${node.name}`, entry: HOLDER, args: { argv, env, cwd: dir }, logFile });
	let absent = '';
	ward.onMessage((message) => {
		if (message.kind === 'spawn-error') absent = String(message.code);
	});
	let late = false;
	const timer = setTimeout(() => {
		late = true;
		void ward.end(0);
	}, DEPLOY_MS);
	const { code, signal } = await ward.exited;
	clearTimeout(timer);
	if (code === 0) return;
	const how =
		absent !== '' ? `could not be started (${absent})` : late ? `took longer than ${DEPLOY_MS} ms` : signal ? `was ended by ${signal}` : `exit ${code}`;
	throw stageError('E_DEPLOY', `the deploy command of ${node.name} failed: ${argv[0]}: ${how}; ${lastLines(logFile)}`);
};
