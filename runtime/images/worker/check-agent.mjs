// Loads the agent with the runtime that lies beside this file in the image, and compares its plan with the one that the image is built for.
const { compilePlan, loadAgent } = await import(new URL('build/runtime/plan/index.js', import.meta.url).href);

const { AGENT_ENTRY: entry, PLAN_HASH: expected } = process.env;
const { hash } = compilePlan(await loadAgent(entry));
if (hash !== expected) {
  console.error(`the agent's plan is ${hash} here, and ${expected} where the image is built from`);
  process.exit(1);
}
