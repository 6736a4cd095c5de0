import type { Ward } from '../custody/custody.js';
import type { Endpoint } from '../model/endpoint.js';
import type { TapFault } from '../model/fault.js';

/** Another version of a replica: its command line and working directory, templates as in the plan. */
export interface Release {
	argv?: readonly string[];
	cwd?: string;
}

/** One node: a process group, its tap first (it leads), the replica as the tap's child. */
export interface ClusterNode extends Endpoint {
	/** How often it has been started; 0 = never. */
	readonly life: number;
	/** The group's leader while it runs. */
	readonly ward: Ward | null;
	readonly logFile: string;
	/** What its next start runs instead of what the plan says; null: what the plan says. */
	release: Release | null;
	/** Starts (or starts again, on the same port) tap and replica; resolves when the replica answers its ready check. */
	start(): Promise<void>;
	/** Tells the tap; resolves when the tap has acknowledged. `null` heals. */
	setTapFault(fault: TapFault | null): Promise<void>;
	/** SIGTERM to the replica alone; the tap closes its listener when the replica closes its own. */
	terminate(): Promise<void>;
	/** SIGKILL to the group; resolves when all of it is gone. */
	kill(): Promise<void>;
}

export interface Cluster {
	readonly nodes: readonly ClusterNode[];
	/** Starts all nodes at once; resolves when each answers its ready check. Throws a DarumaError, after ending whatever it had started. */
	start(): Promise<void>;
	/** Ends every node; idempotent. */
	stop(): Promise<void>;
}
