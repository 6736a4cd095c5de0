import { Spent } from '../checks/compare/cost.js';
import { between } from '../checks/mesh/cost.js';
import { judgeMesh } from '../checks/mesh/judge.js';
import type { Collected } from '../checks/mesh/matrix.js';
import type { MeshResult } from '../checks/mesh/result.js';
import type { Clock } from '../model/clock.js';
import { usageError } from '../model/errors.js';
import { addressOf, parseTarget, type Target } from '../model/target.js';
import { readViews, VIEWS_PATH, type ViewCost, type Views } from '../model/views.js';
import type { ProbeOptions } from '../probes/probe.js';
import { type Reply, Rounds } from './rounds.js';

/** Where one vantage point publishes, and what the user calls it. */
export interface VantageUrl {
	name: string | null;
	target: Target;
}

/** `http://127.0.0.1:4001` (built-in replicas publish at /.daruma/views), or `n1=http://10.0.0.1:9464/status`. Throws E_TARGET (exit 2). */
export const parseVantage = (typed: string): VantageUrl => {
	const named = /^([^?#]+?)=(https?(?:\+unix)?:.+)$/.exec(typed.trim());
	const target = parseTarget(named ? (named[2] as string) : typed);
	if (target.protocol !== 'http' && target.protocol !== 'https')
		throw usageError('E_TARGET', `vantage point ${target.name}: expected http:// or https://, found ${target.protocol}://`);
	return { name: named ? (named[1] as string) : null, target: target.path === '/' ? { ...target, path: VIEWS_PATH } : target };
};

export interface MeshCollectSettings {
	/** Looks at the views; the last one is judged. */
	count: number;
	intervalMs: number;
	timeoutMs: number;
	staleMs: number;
	probe: Pick<ProbeOptions, 'tls' | 'headers'>;
	clock: Clock;
	signal?: AbortSignal;
}

const MOST_BODY = 4 * 1024 * 1024;
const utf8 = new TextDecoder();

const viewsIn = ({ answer, sample, target }: Reply): Views | string => {
	if (sample.verdict === 'failed')
		return `${sample.reason ?? 'failed'}${sample.reason === 'status' ? ` ${sample.status}` : ''}${sample.detail ? `: ${sample.detail}` : ''}`;
	let data: unknown;
	try {
		data = JSON.parse(utf8.decode(answer.body ?? new Uint8Array()));
	} catch {
		return 'its answer is no JSON';
	}
	const views = readViews(data, addressOf(target));
	return 'wrong' in views ? `its answer is no views document: ${views.wrong}` : views;
};

/** Asks vantage points for their views at the same moment, and judges who sees whom. Rejects with exit 2 for what is wrong with a URL. */
export const runMesh = async (points: readonly VantageUrl[], settings: MeshCollectSettings): Promise<MeshResult> => {
	const { clock, signal, count, intervalMs } = settings;
	const urls = points.map(({ target }) => target.name);
	const twice = urls.find((url, i) => urls.indexOf(url) !== i);
	if (twice !== undefined) throw usageError('E_TARGET', `${twice} is named twice`);
	const rounds = await Rounds.open(
		points.map(({ target }) => target),
		{
			clock,
			timeoutMs: settings.timeoutMs,
			// Such an id counts in no ledger.
			probe: {
				keepBody: true,
				maxBody: MOST_BODY,
				...settings.probe,
				headers: { accept: 'application/json', 'x-daruma-id': 'probe-mesh', ...settings.probe.headers },
			},
		},
	);
	const spent = new Spent();
	const first = new Map<string, ViewCost>();
	let collected: Collected[] = [];
	let costs: ViewCost[] = [];
	const aborted = new Promise<null>((resolve) => {
		if (signal?.aborted) resolve(null);
		signal?.addEventListener('abort', () => resolve(null), { once: true });
	});
	try {
		const startMs = clock.now();
		for (let look = 0; look < count; look++) {
			const over = await Promise.race([rounds.ask(false), aborted]);
			if (over === null) break;
			collected = [];
			costs = [];
			for (const [i, reply] of over.replies.entries()) {
				spent.add(reply.sample);
				const { target, name } = points[i] as VantageUrl;
				const found = viewsIn(reply);
				const views = typeof found === 'string' ? null : found;
				const latencyMs = views ? Number((reply.sample.endMs - reply.sample.sentMs).toFixed(3)) : null;
				collected.push({ url: target.name, address: addressOf(target), name, views, why: typeof found === 'string' ? found : '', latencyMs });
				if (!views?.cost) continue;
				costs.push(between(first.get(target.name), views.cost));
				if (!first.has(target.name)) first.set(target.name, views.cost);
			}
			if (look + 1 === count) break;
			let cancel = (): void => {};
			await Promise.race([
				aborted,
				new Promise<void>((resolve) => {
					cancel = clock.at(Math.max(startMs + (look + 1) * intervalMs, clock.now()), resolve);
				}),
			]);
			cancel();
			if (signal?.aborted) break;
		}
	} finally {
		rounds.close();
	}
	return judgeMesh(collected, { staleMs: settings.staleMs, costs, collecting: spent.cost(intervalMs) });
};
