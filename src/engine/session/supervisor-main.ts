/** `cluster up --detach`: a daruma without a terminal. It hears once what it is to hold, says once that it is ready, and is on its own then. */

import type { StagePlan } from '../../config/stage.js';
import { type CrossedError, toCross } from '../../control/request-lines.js';
import { EXIT } from '../../model/errors.js';
import type { SessionStatus } from '../../model/session.js';
import type { RunFolder } from '../../platform/run-folder.js';
import { openRun } from '../../platform/run-folder.js';
import type { SessionNews } from './local.js';
import { supervise } from './supervise.js';

export interface SupervisorArgs {
	plan: StagePlan;
	base: string;
	/** Path of the run's folder, which is there already. */
	folder: string;
	leaseMs: number;
}
export type SupervisorSaid = { kind: 'ready'; status: SessionStatus; socket: string } | { kind: 'failed'; error: CrossedError };

const abort = new AbortController();
let ready = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => abort.abort(signal === 'SIGHUP' ? 'SIGTERM' : signal));
// Whoever started us has gone before we were ready: nobody knows of us.
process.on('disconnect', () => ready || abort.abort('SIGTERM'));

const tell = (said: SupervisorSaid): Promise<void> =>
	new Promise((resolve) => {
		if (process.connected) process.send?.(said, undefined, undefined, () => resolve());
		else resolve();
	});

/** The log is for people, and is the only place where they learn how it ended. */
const log = (text: string): void => void process.stdout.write(`${new Date().toISOString()} ${text}\n`);

const words = (news: SessionNews): string => {
	if (news.kind === 'state') return `${news.node} is ${news.state}${news.detail ? ` (${news.detail})` : ''}`;
	if (news.kind === 'node') return `${news.node} ${news.step} (life ${news.life})${news.detail ? `: ${news.detail}` : ''}`;
	if (news.kind === 'fault') {
		const { id, node, kind, state, evidence, detail } = news.fault;
		return `${node}: ${kind} ${state} (${id})${state === 'effective' && evidence ? `: ${evidence.detail}` : detail ? `: ${detail}` : ''}`;
	}
	return news.text;
};

process.once('message', async (begin: { args: SupervisorArgs }) => {
	const { plan, base, folder, leaseMs } = begin.args;
	const run: RunFolder = openRun(folder);
	log(`supervisor of run ${run.id}, pid ${process.pid}; lease ${leaseMs} ms`);
	try {
		await supervise({
			plan,
			base,
			folder: run,
			leaseMs,
			detached: true,
			signal: abort.signal,
			onNews: (news) => log(words(news)),
			async onReady(session, { socket }) {
				ready = true;
				await tell({ kind: 'ready', status: session.snapshot(), socket });
				if (process.connected) process.disconnect();
			},
		});
		log('everything was healed and has ended');
		process.exit(EXIT.ok);
	} catch (error) {
		const crossed = toCross(error);
		log(`ended: ${crossed.code}: ${crossed.message}`);
		if (crossed.exit === EXIT.bug) console.error(error);
		await tell({ kind: 'failed', error: crossed });
		process.exit(crossed.exit);
	}
});
