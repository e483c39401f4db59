// Flink ignores keys that it does not know, in silence: every generated key must be one of Flink's own.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseDeployment, stateDirectories } from '../../config/index.ts';
import { inputs, manifests, ONE_REGION, pick, THREE_REGIONS } from './inputs.ts';

const known = new Set(
  (JSON.parse(readFileSync(new URL('./flink-2.3.0-keys.json', import.meta.url), 'utf8')) as { keys: string[] }).keys,
);
/** Families whose keys depend on names or are read by plugins, which no list of options holds. */
const FAMILIES = [
  /^metrics\.reporter\.prom\./,
  /^fs\.s3\./,
  /^s3\./,
  /^fs\.azure\./,
  /^agent$/,
  /^headrace\.state\.root$/,
];

const configOf = (input: ReturnType<typeof inputs>[number]) => {
  const release = `${input.deployment.name}-flink`;
  return parse(pick(manifests(input), 'ConfigMap', `${release}-config`).data['config.yaml']) as Record<string, unknown>;
};

const regions = [...inputs(THREE_REGIONS), ...inputs(ONE_REGION)];

describe("Flink's configuration", () => {
  it.each(regions.map((input) => [input.region.name, input] as const))(
    'of region %s has keys of Flink 2.3 only',
    (_, input) => {
      const unknown = Object.keys(configOf(input)).filter(
        (key) => !known.has(key) && !FAMILIES.some((family) => family.test(key)),
      );
      expect(unknown).toEqual([]);
    },
  );

  it.each(regions.map((input) => [input.region.name, input] as const))(
    'of region %s keeps all state under its state root',
    (_, input) => {
      const config = configOf(input);
      const directories = stateDirectories(input.region.stateRoot);
      expect(config['headrace.state.root']).toBe(input.region.stateRoot.uri);
      expect(config['execution.checkpointing.dir']).toBe(`state://checkpoints/${input.deployment.name}`);
      expect(config['execution.checkpointing.savepoint-dir']).toBe(`state://savepoints/${input.deployment.name}`);
      expect(config['high-availability.storageDir']).toBe(directories.highAvailability);
    },
  );

  it('has an agent node with the plan and the settings of the file', () => {
    const agent = configOf(inputs(ONE_REGION)[0] as never)['agent'];
    expect(agent).toEqual({
      greeting: 'hello {{ world }}',
      name: 'a',
      planHash: 'a'.repeat(64),
      job: 'solo',
      region: 'only',
    });
  });

  it('lets keys of the file win over generated ones', () => {
    const text = THREE_REGIONS.replace(
      'secrets:',
      "flink: { configuration: { 'state.backend.type': hashmap } }\nsecrets:",
    );
    expect(configOf(inputs(text)[0] as never)['state.backend.type']).toBe('hashmap');
  });

  it('names its high-availability data after the release and the namespace', () => {
    const config = configOf(inputs(THREE_REGIONS)[0] as never);
    expect(config['high-availability.type']).toBe('kubernetes');
    expect(config['kubernetes.cluster-id']).toBe('reviews-flink');
    expect(config['kubernetes.namespace']).toBe('reviews');
    expect(config['high-availability.cluster-id']).toBe('reviews-flink');
  });

  it('pins the port that ZooKeeper high availability would choose at random', () => {
    const config = configOf(inputs(ONE_REGION)[0] as never);
    expect(config['high-availability.type']).toBe('zookeeper');
    expect(config['high-availability.zookeeper.quorum']).toBe('zk-0.zk:2181');
    expect(config['high-availability.jobmanager.port']).toBe(6123);
  });

  it.each([
    ['us', 'fs.s3.aws.credentials.provider', 'software.amazon.awssdk.auth.credentials.ContainerCredentialsProvider'],
    ['eu', 'fs.azure.account.auth.type', 'Custom'],
  ])('of region %s names how the store takes the identity of the pod: %s', (region, key, value) => {
    const input = regions.find((one) => one.region.name === region);
    expect(configOf(input as never)[key]).toBe(value);
  });

  it('carries checkpoint settings of the file in units that Flink reads', () => {
    const model = parseDeployment(
      'f',
      `${THREE_REGIONS}\nstate: { checkpoint: { interval: 5s, retain: 7, incremental: false } }`,
    );
    const config = configOf({
      deployment: model,
      region: model.regions[0] as never,
      plan: { json: '{}', hash: 'h', name: 'n' },
    });
    expect(config['execution.checkpointing.interval']).toBe('5000 ms');
    expect(config['execution.checkpointing.num-retained']).toBe(7);
    expect(config['execution.checkpointing.incremental']).toBe(false);
    expect(config['execution.checkpointing.externalized-checkpoint-retention']).toBe('RETAIN_ON_CANCELLATION');
  });

  it('gives a TaskManager the memory that its container is limited to', () => {
    const input = inputs(THREE_REGIONS)[0] as never;
    const container = pick(manifests(input), 'StatefulSet', 'reviews-flink-taskmanager').spec.template.spec
      .containers[0];
    expect(configOf(input)['taskmanager.memory.process.size']).toBe('4096m');
    expect(container.resources.limits.memory).toBe('4096Mi');
    expect(container.resources.requests.memory).toBe('4096Mi');
  });
});
