import { type Command, Option } from 'commander';
import { runCommand } from './terminal/command.ts';

/** The commands of a job that is, or will be, on a cluster. In a pod the environment says what flags say elsewhere. */
export function addJobCommands(headrace: Command, withFile: (command: Command, name: string) => Command): void {
  const target = (command: Command, name: string) =>
    withFile(command, name)
      .option('-p, --profile <name>', 'profile to lay over the file')
      .addOption(variable('--flink <url>', 'HEADRACE_FLINK', "Flink's REST interface, such as https://flink:8081"))
      .addOption(
        variable('--flink-tls <directory>', 'HEADRACE_FLINK_TLS', 'ca.crt, tls.crt and tls.key for that interface'),
      )
      .addOption(
        variable('--job-of <region>', 'HEADRACE_JOB_OF', 'in active-active: the region whose own job is meant'),
      )
      .addOption(
        variable(
          '--state-root <uri>',
          'HEADRACE_STATE_ROOT',
          "the region's state root (default: the one that its stack makes)",
        ),
      )
      .addOption(
        variable(
          '--wait <duration>',
          'HEADRACE_WAIT',
          'how long each of these may take: cluster, savepoint, start',
        ).default('5m'),
      );
  const cluster = (command: Command, name: string) =>
    target(command, name).addOption(
      variable('--region <name>', 'HEADRACE_REGION', 'region of the file (default: its only one)'),
    );
  const job = (command: Command) =>
    command
      .addOption(variable('--workers <host:port,…>', 'HEADRACE_WORKERS', 'every address of these names is a worker'))
      .addOption(
        variable(
          '--worker-tls <directory>',
          'HEADRACE_WORKER_TLS',
          'ca.crt, tls.crt and tls.key, as TaskManagers see it',
        ),
      )
      .addOption(variable('--kafka <host:port,…>', 'HEADRACE_KAFKA', 'what bootstrap: managed means'))
      .addOption(
        variable('--jar <path>', 'HEADRACE_BRIDGE_JAR', 'headrace-bridge.jar (default: the one that was built here)'),
      )
      .option('--insecure-development', 'workers without TLS, on one machine', false);

  const jobs = headrace.command('job').description('The job on a Flink cluster that is there.');
  job(cluster(jobs.command('submit'), 'job submit'))
    .description(
      'See to it that this version runs: start it, or upgrade by stop-with-savepoint and restore, and roll back if it does not come up. Once it runs, the same command changes nothing.',
    )
    .option(
      '--restore-from <where>',
      'URI of a savepoint or checkpoint, latest, or none; only where nothing runs (default: latest, or empty if there is none)',
    )
    .option('--retry-failed', 'try a version again that was rolled back', false)
    .action((options) =>
      runCommand(options.json, async (context) =>
        (await import('./commands/job-submit.ts')).jobSubmit(options, context),
      ),
    );

  job(cluster(jobs.command('supervise'), 'job supervise'))
    .description(
      'As job submit, over and over: a job that is gone comes back. Where regions share it, the one that holds the lease runs it, and the others wait. /readyz tells whether this version runs, or another region has the job; ends with SIGTERM, and leaves the job alone.',
    )
    .addOption(variable('--every <duration>', 'HEADRACE_EVERY', 'time between two looks').default('10s'))
    .addOption(
      variable('--http <host:port>', 'HEADRACE_HTTP', 'where /livez, /readyz and /metrics are').default(
        '127.0.0.1:8080',
      ),
    )
    .addOption(roots())
    .option('--retry-failed', 'try a version again that was rolled back', false)
    .action((options) =>
      runCommand(options.json, async (context) =>
        (await import('./commands/job-supervise.ts')).jobSupervise(options, context),
      ),
    );

  const failover = (command: Command) =>
    command
      .addOption(roots())
      .addOption(
        variable(
          '--flink-home <directory>',
          'FLINK_HOME',
          "a Flink distribution: copies a planned stop's savepoint itself, without a replicator",
        ),
      )
      .option('--cancel', 'end one that has not taken the lease yet: the old region goes on', false)
      .option('--dry-run', 'say who has the job and which restore point would be gone on from; change nothing', false)
      .addHelpText(
        'after',
        "\nRun it where the region is that takes the job, such as in its supervisor's pod: flags and environment are that region's.\nInterrupted at any step, the same command goes on.",
      );
  failover(job(target(headrace.command('failover'), 'failover')))
    .description(
      'Move the job to another region: take the lease, choose the newest complete restore point, start there, wait for the first checkpoint, and report.',
    )
    .requiredOption('--to <region>', 'region that takes the job')
    .option(
      '--planned',
      'the old region stops its job with a savepoint first: nothing is lost, nothing is done again',
      false,
    )
    .action((options) =>
      runCommand(options.json, async (context) => (await import('./commands/failover.ts')).failover(options, context)),
    );

  failover(job(target(headrace.command('failback'), 'failback')))
    .description(
      'As failover --planned, to the region that the file calls active, or whose job it is in active-active.',
    )
    .option('--to <region>', 'region that takes the job (default: the active one)')
    .option('--unplanned', 'do not wait for the old region to stop its job', false)
    .action((options) =>
      runCommand(options.json, async (context) =>
        (await import('./commands/failover.ts')).failover(
          { ...options, planned: !options.unplanned, back: true },
          context,
        ),
      ),
    );

  cluster(headrace.command('savepoint'), 'savepoint')
    .description('Take a savepoint of the running job, make sure that it is there, and delete old ones.')
    .addOption(
      variable(
        '--retain <n>',
        'HEADRACE_RETAIN',
        'savepoints of this command that are kept (default: state.savepoint.retain)',
      ),
    )
    .action((options) =>
      runCommand(options.json, async (context) =>
        (await import('./commands/savepoint.ts')).savepoint(options, context),
      ),
    );

  cluster(headrace.command('status'), 'status')
    .description('Show what the job does. Changes nothing.')
    .option('--max-checkpoint-age <duration>', 'fail when the newest checkpoint is older, or there is none')
    .action((options) =>
      runCommand(options.json, async (context) => (await import('./commands/status.ts')).status(options, context)),
    );

  job(cluster(headrace.command('restore-test'), 'restore-test'))
    .description(
      'Restore the newest savepoint or checkpoint as a second job that reads, calls and writes nothing, and clear it away.',
    )
    .action((options) =>
      runCommand(options.json, async (context) =>
        (await import('./commands/restore-test.ts')).restoreTest(options, context),
      ),
    );
}

/** An option that an environment variable gives where the command line does not. */
export const variable = (flags: string, name: string, description: string) => new Option(flags, description).env(name);

const roots = () =>
  new Option('--root <region=uri>', 'state root that is not where the file says; repeat it, or separate by commas')
    .env('HEADRACE_ROOT')
    .argParser((value: string, before: string[]) => [...before, ...value.split(',')])
    .default([] as string[]);
