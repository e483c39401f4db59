import { fileURLToPath } from 'node:url';
import { runDrill, type ScenarioName } from '../../ops/drill/index.ts';

const file = fileURLToPath(new URL('../../examples/review-analysis/headrace.yaml', import.meta.url));
const [workDirectory, scenario] = process.argv.slice(2) as [string, ScenarioName];
process.send?.('started');
const { passed, outputs } = await runDrill({
  file,
  profile: 'local',
  scenario,
  workDirectory,
  stream: 2_500,
  killAt: 0.3,
});
process.send?.({ passed, outputs });
process.disconnect?.();
