/** Who may take a node out of the subject's rotation, and bring it in again: what a failover acts on. */
export interface Routing {
	/** Who does it: 'haproxy', 'nginx', 'client'. */
	readonly by: string;
	/** `drain`: no new requests, while those in flight may end; `out`: nothing more; `in`: as before. Resolves when the subject has taken it. */
	set(node: string, state: RouteState): Promise<void>;
	/** What the subject itself says of the node now: a sentence if it is in that state, else null. */
	seen(node: string, state: RouteState): Promise<string | null>;
}

export type RouteState = 'in' | 'drain' | 'out';
