import type { Custody } from '../custody/custody.js';
import type { Clock } from '../model/clock.js';
import type { Destination, Endpoint } from '../model/endpoint.js';
import type { AttemptEvent, RequestEvent } from '../model/event.js';
import type { TrafficSpec } from '../model/plan.js';
import type { Routing } from '../model/routing.js';

/** What a subject gets: the nodes as it must see them, its scratch folder, and the only way to start a process. */
export interface Stage {
	run: string;
	nodes: readonly Endpoint[];
	/** Scratch folder of this subject, empty, absolute: `{dir}` in templates. */
	dir: string;
	history: string;
	clock: Clock;
	custody: Custody;
	/** Goes into every log line that is kept: e.g. 'subject'. */
	logFile: string;
	/** What will be sent through it: a subject that runs already is asked with the first of these whether it reaches the nodes. */
	traffic?: TrafficSpec;
}

/** Who fails over and retries: the thing under test. */
export interface RunningSubject {
	/** Where traffic goes. Null: the generator itself is the subject (the built-in client). */
	target: Destination | null;
	/** What it told of each attempt: read once, after the drain, before stop. Empty if it has no witness. */
	witness(requests: readonly RequestEvent[]): Promise<AttemptEvent[]>;
	/** What the reader of a verdict should know of it, one sentence each: why it is no witness, what was left out of its file. Complete after `witness`. */
	readonly notes: readonly string[];
	/** Resolves with a sentence if it ends by itself: the stage did not hold. */
	exited: Promise<string>;
	stop(): Promise<void>;
	/** How nodes are taken out and brought in. Absent: it cannot be told from outside. */
	routing?: Routing;
}

/** One file per kind. `start` resolves when the subject answers on its port, or throws a DarumaError (exit 2: absent or bad config; 4: it did not get ready). */
export interface SubjectKind<Spec> {
	/** Checks what can be checked before anything is started (program found, file readable, template keys): throws usageError. Returns facts for the report (version, path). With `replicas`, names such as {n4} are checked too. */
	check(spec: Spec, replicas?: number | null): Promise<Record<string, string>>;
	start(spec: Spec, stage: Stage): Promise<RunningSubject>;
}
