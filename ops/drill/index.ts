export { type CallCount, countCalls, countOutputs, type LoggedOutput, type OutputCount } from './count.ts';
export type { DrillResult, Objective, Phases, RegionPart } from './result.ts';
export { type DrillOptions, type DrillProgress, rehearse, runDrill } from './run-drill.ts';
export { SCENARIOS, type Scenario, type ScenarioName } from './scenario.ts';
export type { TimelineEvent } from './timeline.ts';
