/** The library: the same engine, plans and judge as the command line. It installs no signal handlers; pass an AbortSignal. */
export { assess, overall } from './checks/assess.js';
export type { RankResult } from './checks/probe/ranked.js';
export type { ProbedEndpoint, ProbeResult } from './checks/probe/result.js';
export { demoPlan } from './config/demo.js';
export { loadPlan } from './config/load.js';
export { loadScene } from './config/scene-load.js';
export type * from './config/written.js';
export { heal } from './custody/heal.js';
export { openSource, SOURCES } from './discovery/index.js';
export type { LiveRoster, RosterListener } from './discovery/live-roster.js';
export type { Roster, RosterChange } from './discovery/roster.js';
export type { Listed, SourceKind } from './discovery/source.js';
export { Heartbeat, type HeartbeatEvents, type HeartbeatOptions, startHeartbeat } from './engine/heartbeat/heartbeat.js';
export { type ProbeSettings, runProbe } from './engine/probe.js';
export type { Progress } from './engine/progress.js';
export { type RankSettings, runRank } from './engine/rank.js';
export { rejudge } from './engine/rejudge.js';
export { type Finished, type RunOptions, runPlan } from './engine/run.js';
export type { Fault } from './engine/session/fault.js';
export {
	type AttachedCluster,
	attach,
	type Cluster,
	type ClusterMember,
	type ClusterOptions,
	cluster,
	type FaultOptions,
	inject,
	type VerifyOptions,
	type VerifyResult,
	verify,
} from './engine/session/library.js';
export type { LogOptions } from './engine/session/session.js';
export { simulatePolicies } from './engine/simulate.js';
export { DarumaError, EXIT, type ExitCode } from './model/errors.js';
export type * from './model/event.js';
export { FAULT_KINDS, type FaultKind } from './model/fault.js';
export { METRICS, type MetricInfo } from './model/metrics.js';
export type * from './model/plan.js';
export type { Check, ExperimentResult, FaultTimes, Measure, MeasureKind, RunResult, VerdictWord } from './model/run.js';
export type * from './model/sample.js';
export type { FaultEvidence, FaultHandle, FaultState, NodeStatus, SessionStatus, SubjectStatus } from './model/session.js';
export type * from './model/simulation.js';
export { parseTarget, type Target } from './model/target.js';
export { readHistory } from './platform/history-reader.js';
export { type ProxyServer, type ServeOptions, serveProxy } from './proxy/api/serve.js';
export type * from './proxy/contract.js';
