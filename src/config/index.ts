export { demoPlan } from './demo.js';
export { describePlan, trafficMs } from './describe/index.js';
export { foresee } from './foresee.js';
export { type Loaded, loadPlan, readPlan, type Warning } from './load.js';
export type { Overrides } from './overrides.js';
export { loadStage, planFromObject, readFault, type StagePlan, stageFromObject, type WrittenFault } from './stage.js';
