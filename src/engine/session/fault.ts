/// <reference lib="esnext.disposable" preserve="true" />
import type { FaultKind } from '../../model/fault.js';
import type { FaultHandle } from '../../model/session.js';
import type { Session } from './session.js';

/** What was asked for in one go: one fault at one or several nodes. `await using` heals it. */
export class Fault {
	readonly kind: FaultKind;
	/** n1 … that have it. */
	readonly nodes: readonly string[];
	/** As they were when it was injected: with the evidence that it was effective. */
	readonly handles: readonly FaultHandle[];
	private readonly session: Session;
	private readonly leave: () => void;

	constructor(session: Session, handles: readonly FaultHandle[], leave: () => void = () => {}) {
		this.session = session;
		this.handles = handles;
		this.kind = (handles[0] as FaultHandle).kind;
		this.nodes = handles.map(({ node }) => node);
		this.leave = leave;
	}

	/** False: it is on at one of the nodes at least, and nobody saw its effect there in time. */
	get effective(): boolean {
		return this.handles.every(({ evidence }) => evidence !== null);
	}

	/** Resolves when each node was seen to answer again; at once if all are healed. */
	async heal(): Promise<FaultHandle[]> {
		const ends = await Promise.allSettled(this.handles.map(({ id }) => this.session.heal(id)));
		for (const end of ends) if (end.status === 'rejected') throw end.reason;
		return this.session.untilHealed(this.handles.map(({ id }) => id));
	}

	/** Resolves when it is over, however that comes: its `for` has passed, somebody healed it, the cluster ended. */
	healed(): Promise<FaultHandle[]> {
		return this.session.untilHealed(this.handles.map(({ id }) => id));
	}

	/** Heals; where the cluster has ended already there is nothing left to heal. */
	async [Symbol.asyncDispose](): Promise<void> {
		try {
			await this.heal();
		} catch (error) {
			if (!['E_SESSION_ENDED', 'E_GONE', 'E_NO_CLUSTER'].includes((error as { code?: string }).code ?? '')) throw error;
		} finally {
			this.leave();
		}
	}
}
