export { type AgentPlan, parsePlan, type ResourcePlan, serializePlan } from './agent-plan.ts';
export { compilePlan, toSchema } from './compile.ts';
export { canonicalJson, hashJson } from './json.ts';
export { loadAgent } from './load-agent.ts';
export { follow, parsePointer } from './pointer.ts';
