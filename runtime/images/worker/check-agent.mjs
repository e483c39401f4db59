// Loads the agent with the runtime of the image, and compares its plan with the one that the image was built for.
import { compilePlan, loadAgent } from './build/runtime/plan/index.js';

const { AGENT_ENTRY: entry, PLAN_HASH: expected } = process.env;
const { hash } = compilePlan(await loadAgent(entry));
if (expected && hash !== expected) {
  console.error(`the agent's plan is ${hash} here, and ${expected} where the image is built from`);
  process.exit(1);
}
