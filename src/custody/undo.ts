/**
 * How to undo a fault: data, because it must survive our own death. `group` is the leader's pid with its start time;
 * an undo whose process is gone (or whose pid is somebody else's by now) has nothing left to do, and says so.
 */
export type Undo =
	| { kind: 'continue-group'; pid: number; startTime: string }
	| { kind: 'kill-group'; pid: number; startTime: string; run: string }
	| { kind: 'remove-file'; path: string };
