import { type Command, Option } from 'commander';
import { runCommand } from './terminal/command.ts';

/** `headrace replicate`, as a pod runs it: every flag has a variable. @param withFile a command that is told of the deployment file. */
export function addReplicate(withFile: (name: string) => Command): void {
  withFile('replicate')
    .description(
      "Copy another region's checkpoints into this region's state root, each as a restore point, until SIGTERM or Ctrl-C.",
    )
    .addOption(new Option('--region <name>', 'region that this copies to').env('HEADRACE_REGION').makeOptionMandatory())
    .addOption(
      new Option('--from <name>', 'region to copy from (default: the one that this region stands by for)').env(
        'HEADRACE_FROM',
      ),
    )
    .addOption(
      new Option(
        '--job-of <region>',
        'in active-active: the region whose own job is copied, from the region that has it (default: that of --from)',
      ).env('HEADRACE_JOB_OF'),
    )
    .addOption(new Option('--job <name>', 'job (default: the one that the file describes)').env('HEADRACE_JOB'))
    .addOption(
      new Option('--root <region=uri>', 'state root that is not where the file says; repeat it, or separate by commas')
        .env('HEADRACE_ROOT')
        .argParser((value: string, before: string[]) => [...before, ...value.split(',')])
        .default([]),
    )
    .addOption(
      new Option('--every <duration>', 'time between two looks (default: dr.replication.every)').env('HEADRACE_EVERY'),
    )
    .addOption(
      new Option('--retain <n>', 'restore points that are kept (default: dr.replication.retain)').env(
        'HEADRACE_RETAIN',
      ),
    )
    .addOption(
      new Option('--max-age <duration>', 'older restore points go, but for the newest (default: never)').env(
        'HEADRACE_MAX_AGE',
      ),
    )
    .addOption(
      new Option('--http <host:port>', 'where /livez, /readyz and /metrics are')
        .env('HEADRACE_HTTP')
        .default('127.0.0.1:8081'),
    )
    .addOption(new Option('--concurrency <n>', 'files copied at once').env('HEADRACE_CONCURRENCY').default('8'))
    .addOption(
      new Option('--bandwidth <bytes>', 'bytes read a second, such as 50MB (default: no limit)').env(
        'HEADRACE_BANDWIDTH',
      ),
    )
    .addOption(
      new Option('--flink <directory>', "a Flink distribution, to read its checkpoints' metadata with").env(
        'FLINK_HOME',
      ),
    )
    .addOption(
      new Option(
        '--flink-metadata <socket>',
        'Unix socket of a reader of that metadata, instead of a distribution',
      ).env('HEADRACE_FLINK_METADATA'),
    )
    .addOption(
      new Option('--bridge <jar>', "the job's jar (default: the one that npm run build:java makes)").env(
        'HEADRACE_BRIDGE',
      ),
    )
    .option('--once', 'look once and end', false)
    .action((options) =>
      runCommand(options.json, async (context) =>
        (await import('./commands/replicate.ts')).replicate(options, context),
      ),
    );
}
