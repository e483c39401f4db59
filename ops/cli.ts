import { Command, type CommanderError } from 'commander';
import { VERSIONS } from '../config/index.ts';
import { addDrill } from './drill-command.ts';
import { EXIT } from './exit-codes.ts';
import { addJobCommands, variable } from './job-commands.ts';
import { addReplicate } from './replicate-command.ts';
import { type Outcome, runCommand } from './terminal/command.ts';

const EXIT_CODES = `
Exit codes: 0 done; 1 failed; 2 the input is at fault and nothing was changed; 3 done, but an objective of the file was
missed; 130 interrupted, and the same command resumes.`;

/** The `headrace` command. Each sub-command's own code is loaded when it runs. */
export function program(): Command {
  const headrace = new Command('headrace')
    .description(
      'Streaming AI agents in production: stacks for AWS, Azure and GCP, charts, an engine, and drills that kill a region.',
    )
    .version(VERSIONS.headrace)
    .showHelpAfterError('(add --help for what there is)')
    .addHelpText(
      'after',
      `${EXIT_CODES}\n\nA first look: headrace quickstart -f examples/review-analysis/headrace.yaml`,
    )
    .exitOverride((error) => process.exit(exitCodeOf(error)));

  withFile(headrace.command('init'), 'init')
    .description('Write a deployment file that validates, and a first agent. Asks, or takes flags.')
    .option('--name <name>', 'name of the deployment')
    .option('--entry <path>', 'agent file, relative to the deployment file')
    .option(
      '--region <name=cloud:location[:size]>',
      'a region; the first is active, the others stand by; repeat it',
      collect,
      [],
    )
    .option('--model <service>', 'chat model: openai or ollama')
    .option('--source-topic <topic>', 'Kafka topic of inputs')
    .option('--sink-topic <topic>', 'Kafka topic of outputs')
    .option('-y, --yes', 'ask nothing: defaults for what no flag says', false)
    .option('--force', 'replace a file that exists', false)
    .addHelpText(
      'after',
      '\nExample:\n  headrace init --yes --name reviews --region us=aws:us-east-1 --region eu=azure:westeurope',
    )
    .action((options) =>
      runCommand(options.json, async (context) => (await import('./commands/init.ts')).init(options, context)),
    );

  withProfile(withFile(headrace.command('validate'), 'validate'))
    .description('Check the file, all its profiles and its agent, and show the plan. Writes nothing.')
    .action((options) =>
      runCommand(options.json, async (context) => (await import('./commands/validate.ts')).validate(options, context)),
    );

  withProfile(withFile(headrace.command('plan'), 'plan'))
    .description('Show what the deployment gets. Writes nothing but a picture.')
    .option('--sizes', 'memory of JobManagers, TaskManagers and workers, with the arithmetic', false)
    .option('--cost', 'what each region costs a month: an estimate from list prices, with the arithmetic', false)
    .option('--prices <file>', 'newer or negotiated prices for --cost, which win over those on file')
    .option('--graph <file>', 'draw the deployment as a picture, such as plan.svg')
    .action((options) =>
      runCommand(options.json, async (context) => (await import('./commands/plan.ts')).plan(options, context)),
    );

  withProfile(withFile(headrace.command('synth'), 'synth'))
    .description('Write the cdktf stacks, the manifests of every region and the Helm charts.')
    .option('-o, --out <directory>', 'where cdktf.out and dist are made', '.')
    .option('--outputs <file>', 'values that exist only after a deployment, from: cdktf output --outputs-file FILE')
    .addHelpText(
      'after',
      '\nThe same file gives the same bytes, without a network. What was there before is replaced as a whole, or not at all.',
    )
    .action((options) =>
      runCommand(options.json, async (context) => (await import('./commands/synth.ts')).synth(options, context)),
    );

  withProfile(withFile(headrace.command('diff'), 'diff'))
    .description('Show what differs between two regions of which one must stand in for the other. Changes nothing.')
    .requiredOption('--regions <names...>', 'two regions of the file')
    .option(
      '--context <region=context>',
      "kubectl's context of a region, for both: compare what is installed",
      collect,
      [],
    )
    .option('--secrets', 'ask the clouds whether each secret has a value in both', false)
    .option(
      '--quotas',
      'ask the clouds whether their limits are the same, and enough for what each region starts',
      false,
    )
    .option('--models', 'ask the services of models whether they have those of the file', false)
    .option('--all', 'name also what is as it should be', false)
    .option('--outputs <file>', 'values that exist only after a deployment, from: cdktf output --outputs-file FILE')
    .addHelpText(
      'after',
      '\nWhat two clouds do in their own way is known; dr.parity.allow of the file names what else may differ, and why. Exit code 3: something differs.',
    )
    .action((options) =>
      runCommand(options.json, async (context) => (await import('./commands/diff.ts')).diff(options, context)),
    );

  withProfile(withFile(headrace.command('bootstrap'), 'bootstrap'))
    .description('Make what keeps Terraform’s own state in each cloud: bucket or container, key, versions. Asks first.')
    .option('-o, --out <directory>', 'where .headrace/bootstrap is made', '.')
    .option('-y, --yes', 'ask nothing', false)
    .addHelpText('after', '\nWhere it is: terraform.backend of the file. A second time changes only what differs.')
    .action((options) =>
      runCommand(options.json, async (context) =>
        (await import('./commands/bootstrap.ts')).bootstrap(options, context),
      ),
    );

  withProfile(withFile(headrace.command('deploy'), 'deploy'))
    .description(
      'Make or change the clouds: all plans first, then one question, then stack by stack with a line a resource.',
    )
    .option('-o, --out <directory>', 'where cdktf.out, dist and headrace-outputs.json are made', '.')
    .option('--region <name>', 'this region only, or global; repeat it', collect, [])
    .option('-y, --yes', 'ask nothing', false)
    .addHelpText(
      'after',
      '\nIt needs Terraform and credentials of each cloud. Interrupted or failed, the same command goes on.',
    )
    .action((options) =>
      runCommand(options.json, async (context) => (await import('./commands/deploy.ts')).deploy(options, context)),
    );

  withProfile(withFile(headrace.command('destroy'), 'destroy'))
    .description('Take the clouds down again, in reverse. Refuses while cluster.deletionProtection is set.')
    .option('-o, --out <directory>', 'where cdktf.out is made', '.')
    .option('--region <name>', 'this region only, or global; repeat it', collect, [])
    .option('--delete-state', 'state may go with its region: checkpoints, savepoints, restore points', false)
    .option('-y, --yes', 'ask nothing', false)
    .action((options) =>
      runCommand(options.json, async (context) => (await import('./commands/destroy.ts')).destroy(options, context)),
    );

  const secrets = headrace
    .command('secrets')
    .description('Values of the file’s secrets, in each region’s secret manager.');
  withProfile(withFile(secrets.command('set <name>'), 'secrets'))
    .description('Write a value, read from standard input or a file, into the secret manager of each region.')
    .option('--region <name>', 'this region only; repeat it (default: all)', collect, [])
    .option('--from <file>', 'file to read the value from (default: standard input)')
    .addHelpText(
      'after',
      '\nThe value is never an argument and never printed. One line end at its end is left out.\n\nExample:\n  headrace secrets set openai-key < key.txt',
    )
    .action((name, options) =>
      runCommand(options.json, async (context) =>
        (await import('./commands/secrets.ts')).setSecret({ ...options, name }, context),
      ),
    );

  withProfile(withFile(headrace.command('run'), 'run'), 'profile to use (default: local, where the file has it)')
    .description('Run the agent on this machine. A run that was stopped or killed goes on where it ended.')
    .option('--engine <name>', 'embedded, or flink: a cluster of processes on this machine', 'embedded')
    .option('--state <directory>', 'state root (default: .headrace/run/NAME, or .headrace/flink/NAME)')
    .option('--fresh', 'forget state and outputs of earlier runs', false)
    .addHelpText(
      'after',
      '\nStop it with Ctrl-C: it takes a last checkpoint. Keys of model services are read from the environment, such as OPENAI_API_KEY.',
    )
    .action((options) =>
      runCommand(options.json, async (context) => {
        const { localProfile, run } = await import('./commands/run.ts');
        // One of two results: their callers know which.
        return (await run(
          { ...options, profile: localProfile(options.file, options.profile) },
          context,
        )) as Outcome<object>;
      }),
    );

  addDrill(
    withProfile(
      withFile(headrace.command('drill'), 'drill'),
      'profile to use (default on this machine: local, where the file has it)',
    ),
  );

  withProfile(withFile(headrace.command('worker'), 'worker'))
    .description(
      'Serve the agent to a job on Flink. SIGTERM or Ctrl-C drains it: what it cannot finish goes elsewhere.',
    )
    .addOption(variable('--listen <host:port>', 'HEADRACE_LISTEN', 'where operators connect').default('127.0.0.1:7443'))
    .addOption(
      variable('--http <host:port>', 'HEADRACE_HTTP', 'where /livez, /readyz and /metrics are').default(
        '127.0.0.1:8080',
      ),
    )
    .addOption(
      variable('--tls <directory>', 'HEADRACE_TLS', 'ca.crt, tls.crt and tls.key, read again when they change'),
    )
    .option('--insecure-development', 'plain text, on 127.0.0.1 only', false)
    .addOption(
      variable('--secrets <directory>', 'HEADRACE_SECRETS', 'a file for each secret (default: environment variables)'),
    )
    .addOption(
      variable(
        '--in-flight <n>',
        'HEADRACE_IN_FLIGHT',
        'runs that a subtask may have here at once (default: agent.inFlight)',
      ),
    )
    .addOption(variable('--processes <n>', 'HEADRACE_PROCESSES', 'processes that run agent code').default('1'))
    .addOption(variable('--heap <MiB>', 'HEADRACE_HEAP_MIB', 'heap of an agent process; one that needs more is ended'))
    .addOption(variable('--grace <duration>', 'HEADRACE_GRACE', 'how long a drain waits for runs').default('25s'))
    .addOption(
      variable(
        '--hang-after <duration>',
        'HEADRACE_HANG_AFTER',
        'an agent process that does not answer for so long is ended',
      ).default('1m'),
    )
    .addOption(variable('--name <name>', 'HEADRACE_NAME', 'name in messages (default: the host name)'))
    .action((options) =>
      runCommand(options.json, async (context) => (await import('./commands/worker.ts')).worker(options, context)),
    );

  addJobCommands(headrace, withFile);
  withProfile(withFile(headrace.command('traffic'), 'traffic'))
    .description(
      'Show which region the names of dns lead to now. With --to, move all traffic to one region; with --enable-all, give it back to the health checks.',
    )
    .option('--to <region>', 'region that takes all traffic, well or not')
    .option('--enable-all', 'every region takes traffic that is well', false)
    .option('--resolver <address:port>', 'DNS server to ask (default: those of this machine)')
    .option('--wait <duration>', 'how long the name may take to lead there (default: dns.ttl and two minutes)')
    .option('--no-wait', 'do not wait for it')
    .option('-o, --out <directory>', 'where cdktf.out, dist and headrace-outputs.json are made', '.')
    .option('-y, --yes', 'ask nothing', false)
    .addHelpText(
      'after',
      '\nIt applies the global stack, with Terraform and credentials of the cloud that serves the zone. Its state keeps the\nchoice: no deploy undoes it. Interrupted, the same command goes on.',
    )
    .action((options) =>
      runCommand(options.json, async (context) => (await import('./commands/traffic.ts')).traffic(options, context)),
    );

  const images = headrace.command('images').description('Container images of Flink and of the agent workers.');
  withProfile(withFile(images.command('build'), 'images build'))
    .description('Build the images, with a bill of materials each; --push sends them to the registries.')
    .option('--image <name>', 'flink, worker, egress-proxy or opensearch (default: those that the deployment runs)')
    .option('--registry <host/path>', 'registry (default: images.registry, else those of --outputs)')
    .option('--outputs <file>', "the regions' own registries, from: cdktf output --outputs-file FILE")
    .option('--tag <tag>', 'tag (default: images.tag, else the version)')
    .option('--push', 'push to the registries', false)
    .option('--builder <name>', 'docker, podman or buildah (default: the first that works)')
    .option('--base-image <reference>', 'Debian 12 to build on (default: pinned in the Dockerfiles)')
    .option('--platform <os/cpu>', 'machines that the images are for', 'linux/amd64')
    .option(
      '--include <path>',
      'file or folder that the agent reads, relative to the deployment file; repeat it',
      collect,
      [],
    )
    .option('-o, --out <directory>', 'where bills of materials go', '.headrace/images')
    .option('--dry-run', 'say what would be built, and build nothing', false)
    .action((options) =>
      runCommand(options.json, async (context) => (await import('./commands/images.ts')).buildImages(options, context)),
    );

  withCluster(withProfile(withFile(headrace.command('install'), 'install')))
    .description('Install a region into its cluster: namespace and policies, then both charts. Run again, it goes on.')
    .option('--outputs <file>', 'values that exist only after a deployment, from: cdktf output --outputs-file FILE')
    .option(
      '--set <key=value>',
      'a value of both charts, or flink-cluster:KEY=VALUE or agents-app:KEY=VALUE',
      collect,
      [],
    )
    .option('--values <file>', 'a file of values of both charts, or CHART:FILE', collect, [])
    .option('--only <part>', 'platform, flink-cluster or agents-app')
    .addHelpText(
      'after',
      '\nChecks tools, cluster, rights and values first, and changes nothing when something is missing. A chart that does not\ncome up is explained, and the revision before it comes back.',
    )
    .action((options) =>
      runCommand(options.json, async (context) => (await import('./commands/install.ts')).install(options, context)),
    );

  withCluster(withProfile(withFile(headrace.command('uninstall'), 'uninstall')))
    .description('Remove both charts of a region from its cluster. Volumes, job data, namespace and state stay.')
    .option('--keep-data', 'the default: volumes and high-availability data stay', false)
    .option('--delete-data', 'volumes and high-availability data go too; never the object store', false)
    .action((options) =>
      runCommand(options.json, async (context) =>
        (await import('./commands/uninstall.ts')).uninstall(options, context),
      ),
    );

  addReplicate((name) => withProfile(withFile(headrace.command(name), name)));

  withFile(headrace.command('quickstart'), 'quickstart')
    .description('All of it on this machine: plan, stacks, charts, a run, a drill, and what to do next.')
    .action((options) =>
      runCommand(options.json, async (context) =>
        (await import('./commands/quickstart.ts')).quickstart(options, context),
      ),
    );

  return headrace;
}

function withFile(command: Command, name: string): Command {
  return command
    .option(
      '-f, --file <path>',
      name === 'init' ? 'deployment file to write' : 'deployment file',
      process.env['HEADRACE_FILE'] ?? 'headrace.yaml',
    )
    .option('--json', 'print one JSON document instead of text', false);
}

/** Where a region's cluster is found, and how to go about it. */
const withCluster = (command: Command) =>
  command
    .requiredOption('-r, --region <name>', 'region of the file')
    .option('--kubeconfig <path>', "kubectl's file of clusters (default: as kubectl finds it)")
    .option('--context <name>', 'context of that file (default: the current one)')
    .option('-n, --namespace <name>', "namespace (default: the deployment's name, which the stack trusts)")
    .option('--wait <duration>', 'how long a chart may take', '10m')
    .option('--dry-run', 'check everything, show what would change, change nothing', false);

const withProfile = (command: Command, description = 'profile to lay over the file') =>
  command.option('-p, --profile <name>', description);

const collect = (value: string, before: string[]) => [...before, value];

/** A command line that cannot be understood is bad input. */
const exitCodeOf = (error: CommanderError) => (error.exitCode === 0 ? EXIT.ok : EXIT.badInput);
