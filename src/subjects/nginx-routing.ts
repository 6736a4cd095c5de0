import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Endpoint } from '../model/endpoint.js';
import { hostPort } from '../model/endpoint.js';
import type { RouteState, Routing } from '../model/routing.js';
import { markServers, upstreamServers } from '../wire/nginx-upstream.js';

export interface NginxTurned {
	/** The configuration that runs; it is replaced as a whole. */
	conf: string;
	/** Only servers of this upstream; all if absent. */
	upstream?: string;
	/** Says what is wrong with a configuration, or null. */
	check(): Promise<string | null>;
	/** `nginx -s reload`. Rejects with a sentence. */
	reload(): Promise<void>;
	/** The workers that take connections now, as pids; null where that cannot be known. */
	workers(): Promise<readonly number[] | null>;
}

/** A worker that goes writes that into its title; a master's children are its workers. */
export const nginxWorkers = async (master: number): Promise<number[] | null> => {
	const children = await readFile(`/proc/${master}/task/${master}/children`, 'utf8').catch(() => null);
	if (children === null) return null;
	const pids = children.trim().split(' ').filter(Boolean).map(Number);
	const titles = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')));
	return pids.filter((_, i) => (titles[i] as string).startsWith('nginx: worker process') && !(titles[i] as string).includes('shutting down'));
};

/**
 * Marks a server `down` in the file and reloads. A broken file is never left behind: what nginx does not accept is put
 * back before it hears of it. Seen: other workers than before take connections, and the file says so; the old ones
 * finish what they have begun.
 */
export const nginxRouting = (nodes: readonly Endpoint[], turned: NginxTurned): Routing => {
	const addressOf = (name: string): string => {
		const node = nodes.find((n) => n.name === name);
		return node ? hostPort(node) : name;
	};
	let before: readonly number[] | null = null;
	let pending = false;
	return {
		by: 'nginx',
		async set(name, state) {
			const text = await readFile(turned.conf, 'utf8');
			const marked = markServers(text, [addressOf(name)], state !== 'in', turned.upstream);
			if (!marked.ok) throw new Error(`${turned.conf}: ${marked.why}`);
			if (!marked.changed) return;
			await replace(turned.conf, marked.text);
			const problem = await turned.check();
			if (problem !== null) {
				await replace(turned.conf, text);
				throw new Error(`nginx did not accept ${turned.conf} with ${name} ${state}: ${problem}`);
			}
			before = await turned.workers();
			pending = true;
			try {
				await turned.reload();
			} catch (error) {
				await replace(turned.conf, text);
				throw error;
			}
		},
		async seen(name, state: RouteState) {
			const servers = upstreamServers(await readFile(turned.conf, 'utf8'), turned.upstream);
			const mine = typeof servers === 'string' ? [] : servers.filter(({ address }) => address === addressOf(name));
			if (mine.length === 0 || !mine.every((s) => s.down === (state !== 'in'))) return null;
			const now = await turned.workers();
			if (pending && now !== null && before !== null && (now.length === 0 || now.some((pid) => before?.includes(pid)))) return null;
			pending = false;
			return `${now === null ? 'reloaded' : `new workers (${now.join(', ')})`}, ${state === 'in' ? 'not marked down' : 'marked down'}`;
		},
	};
};

/** Whoever reads it sees the old file or the new one, never half of it. */
const replace = async (path: string, text: string): Promise<void> => {
	await writeFile(`${path}.daruma`, text);
	await rename(`${path}.daruma`, path);
};
