export { assess, type Observed } from './assess.ts';
export { type CallCount, countCalls, countOutputs, type LoggedOutput, type OutputCount } from './count.ts';
export { appendHistory, comparable, type HistoryEntry, historyEntry, readHistory } from './history.ts';
export type { DrillResult, Failover, Objective, Phases, RegionPart } from './result.ts';
export { type DrillOptions, type DrillProgress, rehearse, runDrill, stamp } from './run-drill.ts';
export { type Commit, SCENARIOS, type Scenario, type ScenarioName, scenariosFor } from './scenarios.ts';
export type { TimelineEvent } from './timeline.ts';
