import type { State } from '../../detectors/detector.js';
import type { Sample } from '../../model/sample.js';
import type { ProbeResult } from '../probe/result.js';

/** Who brought the change about: our own questions, what the endpoint pushed, the load that it reports, or the comparison with the others. */
export type Witness = 'probe' | 'report' | 'load' | 'cohort';

/** What a watch has to say of an endpoint's state. */
export interface StateChange {
	kind: 'state';
	endpoint: string;
	from: State;
	to: State;
	/** In a few words. */
	why: string;
	by: Witness;
	/** The detector's own measure of suspicion, where it has one. */
	score?: number;
}

export type WatchNews =
	| { kind: 'start'; schema: 'daruma.watch/1'; endpoints: number; listen?: string; agentListen?: string }
	| StateChange
	| { kind: 'endpoint'; change: 'added' | 'removed'; endpoint: string; source: 'arguments' | 'file' | 'report' | 'discovery' }
	| ({ kind: 'sample'; endpoint: string } & Sample)
	/** daruma itself stood still for so long. */
	| { kind: 'pause'; forMs: number }
	/** Something of ours went wrong, and the watch goes on: a hook failed, a file of targets or a source cannot be read. */
	| { kind: 'notice'; about: 'hook' | 'targets' | 'agent' | 'discovery'; text: string }
	/** So many events were not told, since nobody read them. */
	| { kind: 'dropped'; events: number }
	| { kind: 'end'; why: 'for' | 'count' | 'quit' | 'SIGINT' | 'SIGTERM'; result: ProbeResult };

/** News with its times: RFC 3339, and ms since the watch began on a clock that never steps. */
export type WatchEvent = { time: string; atMs: number } & WatchNews;
