import { applyEdits, type Directive, type Edit, parseNginxConf, walk } from './nginx-conf.js';

/** A server's line in an upstream, and where it stands. */
export interface UpstreamServer {
	upstream: string;
	/** As written: host:port, or a name. */
	address: string;
	down: boolean;
	directive: Directive;
}

export type Marked = { ok: true; text: string; changed: boolean } | { ok: false; why: string };

/** Every `server` of every `upstream`, or of the one that is named. */
export const upstreamServers = (text: string, upstream?: string): UpstreamServer[] | string => {
	const parsed = parseNginxConf(text);
	if (!parsed.ok) return `line ${parsed.line}: ${parsed.why}`;
	return [...walk(parsed.directives)]
		.filter((d) => d.name === 'upstream' && d.block && (upstream === undefined || d.args[0] === upstream))
		.flatMap((d) =>
			(d.block?.children ?? [])
				.filter((s) => s.name === 'server' && s.args.length > 0)
				.map((s) => ({ upstream: d.args[0] as string, address: s.args[0] as string, down: s.args.includes('down'), directive: s })),
		);
};

/** Marks the servers at these addresses `down`, or takes the mark away; no other byte of the file changes. */
export const markServers = (text: string, addresses: readonly string[], down: boolean, upstream?: string): Marked => {
	const servers = upstreamServers(text, upstream);
	if (typeof servers === 'string') return { ok: false, why: servers };
	const mine = servers.filter(({ address }) => addresses.includes(address));
	if (mine.length === 0)
		return { ok: false, why: `no server ${addresses.join(' or ')} in ${upstream === undefined ? 'any upstream' : `the upstream ${upstream}`}` };
	const left = servers.filter((s) => mine.some((m) => m.upstream === s.upstream) && !mine.includes(s) && !s.down);
	const emptied = down ? mine.find((m) => !left.some((s) => s.upstream === m.upstream)) : undefined;
	if (emptied) return { ok: false, why: `${emptied.address} is the last server of the upstream ${emptied.upstream}` };
	const edits: Edit[] = mine
		.filter((s) => s.down !== down)
		.map(({ directive: d }) => {
			const words = text.slice(d.start, d.end);
			return { from: d.start, to: d.end, text: down ? words.replace(/\s*;\s*$/, ' down;') : words.replace(/\s+down(?=[\s;])/, '') };
		});
	return { ok: true, text: applyEdits(text, edits), changed: edits.length > 0 };
};
