/** The library: the same engine, plans and judge as the command line. It installs no signal handlers; pass an AbortSignal. */
export { assess, overall } from './checks/assess.js';
export { demoPlan } from './config/demo.js';
export { loadPlan } from './config/load.js';
export { heal } from './custody/heal.js';
export type { Progress } from './engine/progress.js';
export { rejudge } from './engine/rejudge.js';
export { type Finished, type RunOptions, runPlan } from './engine/run.js';
export { DarumaError, EXIT, type ExitCode } from './model/errors.js';
export type * from './model/event.js';
export { FAULT_KINDS, type FaultKind } from './model/fault.js';
export { METRICS, type MetricInfo } from './model/metrics.js';
export type * from './model/plan.js';
export type { Check, ExperimentResult, FaultTimes, Measure, MeasureKind, RunResult, VerdictWord } from './model/run.js';
export { readHistory } from './platform/history-reader.js';
export { type ProxyServer, type ServeOptions, serveProxy } from './proxy/api/serve.js';
export type * from './proxy/contract.js';
