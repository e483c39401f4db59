import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { FlinkRest, type FlinkRestOptions } from '../../runtime/remote/index.ts';
import { CommandError } from '../errors.ts';
import { packageRoot } from '../package-root.ts';
import { flinkDistribution } from './cache.ts';
import { Child, freePort } from './child.ts';

const run = promisify(execFile);
const UP_MS = 120_000;
const LAUNCHER = join(packageRoot, 'runtime/images/flink/bin/flink-process');

/** What Flink's own launch scripts open on Java 17. */
const ADD_OPENS = [
  'java.base/java.lang',
  'java.base/java.net',
  'java.base/java.io',
  'java.base/java.nio',
  'java.base/sun.nio.ch',
  'java.base/java.lang.reflect',
  'java.base/java.text',
  'java.base/java.time',
  'java.base/java.util',
  'java.base/java.util.concurrent',
  'java.base/java.util.concurrent.atomic',
  'java.base/java.util.concurrent.locks',
].map((name) => `--add-opens=${name}=ALL-UNNAMED`);

export interface FlinkOptions {
  /** Holds configuration, logs and temporary files. */
  readonly directory: string;
  /** Flink's configuration, laid over what one machine needs. */
  readonly configuration: Readonly<Record<string, string | number | boolean>>;
  /** The `agent` node of the configuration. */
  readonly agent?: Readonly<Record<string, unknown>>;
  /** Further plugins: a jar, or a folder of jars, by name of the plugin's folder. */
  readonly plugins?: Readonly<Record<string, string>>;
  /** Starts processes as a container does: through runtime/images/flink/bin/flink-process, with this environment. */
  readonly launcher?: Readonly<Record<string, string>>;
  /** PEM files to speak to REST with, where the processes have TLS. */
  readonly tls?: FlinkRestOptions['tls'];
  readonly say?: (text: string) => void;
}

/** The jar of the job. @throws CommandError HR-DEV-003 before it has been built. */
export const bridgeJar = () => built('bridge/target/headrace-bridge.jar');

function built(path: string): string {
  const jar = join(packageRoot, 'runtime/flink', path);
  if (existsSync(jar)) return jar;
  throw new CommandError('HR-DEV-003', jar, 'it has not been built', { mend: 'npm run build:java' });
}

/** The plugin that serves `state://`. @throws CommandError HR-DEV-003 before it has been built. */
export const stateFileSystemJar = () => built('state-fs/target/headrace-state-fs.jar');

/** Azure workload identity, for the plugin of `abfss://`. @throws CommandError HR-DEV-003 before it has been built. */
export const azureIdentityJar = () => built('azure-identity/target/headrace-azure-identity.jar');
/** The launcher of Flink's processes. @throws CommandError HR-DEV-003 before it has been built. */
export const launchJar = () => built('launch/target/headrace-launch.jar');

/** A Flink session cluster of processes on this machine, on loopback alone. */
export class FlinkCluster {
  readonly directory: string;
  readonly rest: FlinkRest;
  readonly #distribution: string;
  readonly #configuration: Readonly<Record<string, string | number | boolean>>;
  readonly #plugins: string;
  readonly #launcher: FlinkOptions['launcher'];
  jobManager: Child | undefined;
  readonly taskManagers: Child[] = [];
  #started = 0;

  private constructor(
    directory: string,
    distribution: string,
    plugins: string,
    configuration: FlinkCluster['configuration'],
    port: number,
    { launcher, tls }: FlinkOptions,
  ) {
    this.directory = directory;
    this.#distribution = distribution;
    this.#plugins = plugins;
    this.#configuration = configuration;
    this.#launcher = launcher;
    this.rest = new FlinkRest({ url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`, tls });
  }

  get configuration(): Readonly<Record<string, string | number | boolean>> {
    return this.#configuration;
  }

  /** Writes the configuration; starts nothing yet. */
  static async prepare(options: FlinkOptions): Promise<FlinkCluster> {
    const { directory, say = () => {} } = options;
    const distribution = await flinkDistribution(say);
    const [rest, rpc, blob] = [await freePort(), await freePort(), await freePort()];
    const configuration = {
      'jobmanager.rpc.address': '127.0.0.1',
      'jobmanager.rpc.port': rpc,
      'jobmanager.bind-host': '127.0.0.1',
      'high-availability.jobmanager.port': rpc,
      'blob.server.port': blob,
      'rest.address': '127.0.0.1',
      'rest.bind-address': '127.0.0.1',
      'rest.port': rest,
      'taskmanager.host': '127.0.0.1',
      'taskmanager.bind-host': '127.0.0.1',
      'taskmanager.numberOfTaskSlots': 2,
      'taskmanager.memory.process.size': '1400m',
      'jobmanager.memory.process.size': '1200m',
      'state.backend.type': 'rocksdb',
      'execution.checkpointing.incremental': true,
      'execution.checkpointing.interval': '5 s',
      'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
      'execution.checkpointing.storage': 'filesystem',
      'execution.checkpointing.dir': `file://${join(directory, 'checkpoints')}`,
      'execution.checkpointing.savepoint-dir': `file://${join(directory, 'savepoints')}`,
      // A value counts only where the type is set.
      'restart-strategy.type': 'fixed-delay',
      'restart-strategy.fixed-delay.attempts': 100_000,
      'restart-strategy.fixed-delay.delay': '200 ms',
      // Lost processes of one machine are noticed by their connection, not by silence.
      'heartbeat.interval': 1_000,
      'heartbeat.timeout': 5_000,
      'cluster.registration.refused-registration-delay': 500,
      'io.tmp.dirs': join(directory, 'tmp'),
      'web.upload.dir': join(directory, 'uploads'),
      'env.java.opts.all': ADD_OPENS.join(' '),
      'metrics.fetcher.update-interval': 500,
      'metrics.reporters': 'prom',
      'metrics.reporter.prom.factory.class': 'org.apache.flink.metrics.prometheus.PrometheusReporterFactory',
      ...options.configuration,
    };
    for (const made of ['tmp', 'uploads', 'conf', 'plugins']) mkdirSync(join(directory, made), { recursive: true });
    const plugins = join(directory, 'plugins');
    for (const plugin of readdirSync(join(distribution, 'plugins'), { withFileTypes: true })) {
      if (plugin.isDirectory() && !existsSync(join(plugins, plugin.name)))
        symlinkSync(join(distribution, 'plugins', plugin.name), join(plugins, plugin.name));
    }
    for (const [name, jar] of Object.entries(options.plugins ?? {})) {
      mkdirSync(join(plugins, name), { recursive: true });
      const jars = jar.endsWith('.jar') ? [jar] : readdirSync(jar).map((file) => join(jar, file));
      for (const one of jars) copyFileSync(one, join(plugins, name, basename(one)));
    }
    const cluster = new FlinkCluster(directory, distribution, plugins, configuration, rest, options);
    cluster.#writeConfiguration(configuration, options.agent);
    return cluster;
  }

  #writeConfiguration(configuration: object, agent: object | undefined): void {
    writeFileSync(
      join(this.directory, 'conf', 'config.yaml'),
      stringify({ ...configuration, ...(agent ? { agent } : {}) }),
    );
    writeFileSync(
      join(this.directory, 'conf', 'log4j-console.properties'),
      [
        'rootLogger.level = INFO',
        'rootLogger.appenderRef.console.ref = Console',
        'appender.console.name = Console',
        'appender.console.type = CONSOLE',
        'appender.console.layout.type = PatternLayout',
        'appender.console.layout.pattern = %d{HH:mm:ss.SSS} %-5p %c{1} %m%n%throwable{40}',
        'logger.kafka.name = org.apache.kafka',
        'logger.kafka.level = WARN',
        '',
      ].join('\n'),
    );
  }

  /** Starts the JobManager and waits for its REST interface. @param options Flink's own, of this process alone: `-D`, `key=value`. */
  async startJobManager(options: readonly string[] = []): Promise<Child> {
    const child = await this.#start(
      'JobManager',
      'GET_JM_RESOURCE_PARAMS',
      ['org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint'],
      options,
    );
    this.jobManager = child;
    await child.until(() => this.#answers(), UP_MS);
    return child;
  }

  /** Starts a TaskManager; it registers when the JobManager is there. @param options Flink's own, of this process alone. */
  async startTaskManager(options: readonly string[] = []): Promise<Child> {
    const child = await this.#start(
      'TaskManager',
      'GET_TM_RESOURCE_PARAMS',
      ['org.apache.flink.runtime.taskexecutor.TaskManagerRunner'],
      options,
    );
    this.taskManagers.push(child);
    return child;
  }

  /** Starts all of it and waits until the slots are there. @throws CommandError HR-DEV-002, HR-DEV-004 without a Java. */
  async start(taskManagers: number): Promise<void> {
    await Promise.all([this.startJobManager(), ...Array.from({ length: taskManagers }, () => this.startTaskManager())]);
    const slots = taskManagers * Number(this.#configuration['taskmanager.numberOfTaskSlots']);
    await this.jobManager?.until(async () => (await this.rest.overview())['slots-total'] >= slots, UP_MS);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.taskManagers, this.jobManager].map((child) => child?.stop('SIGKILL')));
  }

  async #answers(): Promise<boolean> {
    try {
      await this.rest.overview();
      return true;
    } catch {
      return false;
    }
  }

  async #start(name: string, sizes: string, main: readonly string[], more: readonly string[]): Promise<Child> {
    const configDir = join(this.directory, 'conf');
    const number = ++this.#started;
    const log = join(this.directory, 'log', `${name.toLowerCase()}-${number}.log`);
    if (this.#launcher) {
      return new Child({
        name,
        command: LAUNCHER,
        args: [name.toLowerCase(), ...more],
        env: {
          FLINK_HOME: this.#distribution,
          FLINK_CONF_DIR: configDir,
          FLINK_PLUGINS_DIR: this.#plugins,
          HEADRACE_LAUNCH_JAR: launchJar(),
          HEADRACE_RUN_DIR: join(this.directory, `run-${number}`),
          ...this.#launcher,
        },
        log,
      });
    }
    const { jvm, options } = await this.#resources(sizes, configDir);
    return new Child({
      name,
      command: 'java',
      args: [
        ...jvm,
        '-XX:+UseG1GC',
        ...ADD_OPENS,
        `-Dlog4j.configurationFile=${join(configDir, 'log4j-console.properties')}`,
        '-cp',
        join(this.#distribution, 'lib', '*'),
        ...main,
        '--configDir',
        configDir,
        ...options,
        ...more,
      ],
      env: { FLINK_CONF_DIR: configDir, FLINK_PLUGINS_DIR: this.#plugins },
      log,
    });
  }

  /** What Flink's own calculator says about memory: its launch scripts ask it as well. */
  async #resources(what: string, configDir: string): Promise<{ jvm: string[]; options: string[] }> {
    const classpath = ['bin/bash-java-utils.jar', ...this.#libraries()].map((path) => join(this.#distribution, path));
    const { stdout } = await run('java', [
      ...['-cp', classpath.join(':'), 'org.apache.flink.runtime.util.bash.BashJavaUtils', what],
      ...['--configDir', configDir],
    ]).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      throw new CommandError('HR-DEV-004', 'java', 'it is not installed, and Flink runs on it', {
        mend: 'install Java 17 (a JRE is enough) and put it into PATH',
        exitCode: 1,
      });
    });
    const [jvm = '', options = ''] = [...stdout.matchAll(/^BASH_JAVA_UTILS_EXEC_RESULT:(.*)$/gm)].map(
      (match) => match[1],
    );
    const words = (text: string) => text.split(' ').filter(Boolean);
    return { jvm: words(jvm), options: words(options) };
  }

  #libraries(): string[] {
    return readdirSync(join(this.#distribution, 'lib'))
      .filter((name) => /^(flink-dist|log4j)/.test(name))
      .map((name) => join('lib', name));
  }
}
