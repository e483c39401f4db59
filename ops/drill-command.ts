import type { Command } from 'commander';
import { SCENARIOS } from './drill/scenarios.ts';
import { runCommand } from './terminal/command.ts';

const collect = (value: string, before: string[]) => [...before, value];

const scenarioList = Object.values(SCENARIOS)
  .map(({ name, title }) => `  ${name.padEnd(26)}${title}`)
  .join('\n');

/** `headrace drill`: on this machine, or with `--context` of regions as they are installed. @param command that is told of the deployment file. */
export function addDrill(command: Command): void {
  command
    .description(
      'Kill the active region while it works, let the standby take over, and count what was lost or repeated: two processes on this machine, or, with --context, regions as they are installed.',
    )
    .option('-o, --out <directory>', "where the report and the regions' state go (default: .headrace/drill)");
  command
    .optionsGroup('On this machine:')
    .option('--scenario <name>', 'what goes wrong; all: one drill of each', 'kill-region')
    .option('--commit <mode>', "replicated, or local: when outputs become visible (default: the file's dr.commit)")
    .option('--runs <number>', 'drills of each scenario, one after another', '1')
    .option('--at <share>', 'when: share of the inputs that are finished, from 0.05 to 0.95', '0.45')
    .option(
      '--root <region=uri>',
      'state root for the drill to work below, such as eu=gs://bucket/drills; repeat it (default: directories)',
      collect,
      [],
    );
  command
    .optionsGroup('Of installed regions:')
    .option(
      '--context <region=context>',
      'contexts of kubectl of the active region and of the standby; repeat it',
      collect,
      [],
    )
    .option('--yes-i-mean <region>', 'kill this region although its tools do what they are for (agent.tools: run)')
    .option('--revive', 'only start again what a drill that was cut off has stopped', false)
    .option('--stay', 'leave the job in the standby, and the other region stopped', false)
    .option('--strike-with <command>', 'kill the region by a command of the shell instead of deleting its pods')
    .option('--revive-with <command>', 'undo that')
    .option('--answers <all|some>', 'whether each input has an output or a dead letter', 'all')
    .option(
      '--observe <duration>',
      'how long outputs are watched before the fault, after the failover and after the failback',
      '30s',
    )
    .option('--wait <duration>', 'how long each step may take', '10m')
    .option('--outputs <path>', 'file of `cdktf output --outputs-file`, for bootstrap: managed')
    .option('--kafka <host:port,…>', 'brokers as this machine reaches them')
    .option('--kafka-properties <path>', "name=value lines: this machine's own way to sign in to them")
    .option('--jar <path>', 'headrace-bridge.jar (default: the one that was built here)')
    .option('--flink-home <directory>', 'a Flink distribution (default: one is fetched)', process.env['FLINK_HOME']);
  command
    .addHelpText('after', `\nScenarios on this machine:\n${scenarioList}`)
    .addHelpText(
      'after',
      `
On this machine two processes stand for two regions, with a state root each and one log of outputs that survives. Tools are
run dry. With several drills the directory's name is followed by the scenario's. Every drill adds a line to
.headrace/drill/history.jsonl.

Of installed regions, all pods of the active one are deleted by force and kept away, the job fails over, the region is started
again, and the job is given back. Example:
  headrace drill --context us=prod-us --context eu=prod-eu --yes-i-mean us`,
    )
    .action((options) =>
      runCommand(options.json, async (context) => {
        const { drill } = await import('./commands/drill.ts');
        return drill(options, context);
      }),
    );
}
