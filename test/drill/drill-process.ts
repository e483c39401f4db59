import { runDrill, type ScenarioName } from '../../ops/drill/index.ts';
import { drillOptions } from './kills/drill.ts';

const [workDirectory, scenario] = process.argv.slice(2) as [string, ScenarioName];
process.send?.('started');
await runDrill(drillOptions(workDirectory, scenario));
process.send?.('done');
process.disconnect?.();
