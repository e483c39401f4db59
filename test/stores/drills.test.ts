/**
 * Faults modelled: regions die, and their standby lives in another cloud's object store: the job's checkpoints go from S3 to Azure
 * Blob and from S3 to Cloud Storage, incremental ones, and are restored there. moto, azurite and fake-gcs-server stand for the vendors.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { runDrill, type ScenarioName } from '../../ops/drill/index.ts';
import { temporaryDirectory } from '../runtime/temporary-directory.ts';
import { BUILD_MS, freshPrefix, open, type StandIn, startAzure, startGcs, startS3 } from './stand-ins.ts';

const file = fileURLToPath(new URL('../../examples/review-analysis/headrace.yaml', import.meta.url));
const directory = temporaryDirectory(afterAll);
let clouds: { s3: StandIn; azure: StandIn; gcs: StandIn };

beforeAll(async () => {
  clouds = { s3: await startS3(directory), azure: await startAzure(directory), gcs: await startGcs(directory) };
}, BUILD_MS);
afterAll(async () => {
  for (const standIn of Object.values(clouds ?? {})) await standIn.child.stop('SIGKILL');
});
afterEach(() => vi.unstubAllEnvs());

it.each([
  ['kill-region', 's3', 'azure', 'gcs'],
  ['corrupt-restore-point', 's3', 'gcs', 'azure'],
] as const)(
  '%s: a job on %s goes on from %s, with equal keyed state, nothing lost and nothing repeated',
  async (scenario: ScenarioName, primary, standby, lease) => {
    // As the command finds them: the regions' processes inherit the vendors' own variables.
    for (const { environment } of Object.values(clouds))
      for (const [variable, value] of Object.entries(environment)) vi.stubEnv(variable, value);
    const prefix = freshPrefix();
    const roots = new Map([
      ['us', clouds[primary].uri(`${prefix}/us`)],
      ['eu', clouds[standby].uri(`${prefix}/eu`)],
      ['asia', clouds[lease].uri(`${prefix}/asia`)],
    ]);
    const workDirectory = join(directory, scenario);
    const result = await runDrill({ file, profile: 'local', scenario, roots, workDirectory, stream: 6_000 });
    expect({ ...result.outputs, exact: result.exact, surprises: result.surprises }).toMatchObject({
      ...{ expected: 3_708, seen: 3_708, lost: 0, repeated: 0, different: 0, exact: true, surprises: [] },
    });
    expect(result.state).toMatchObject({ equal: true, expected: { keys: 300 } });
    expect(result.regions.map(({ root }) => root.replace(/:.*/, ''))).toEqual([
      's3',
      standby === 'azure' ? 'abfss' : 'gs',
    ]);
    // Several checkpoints were copied, so what was restored is a base with changes on it.
    expect(result.failover?.restorePoint.checkpoint).toBeGreaterThan(1);
    expect(result.passed).toBe(true);
    for (const name of [primary, standby, lease]) {
      const left = [];
      for await (const { key } of (await open(clouds[name], prefix)).list('')) left.push(key);
      expect(left).toEqual([]);
    }
  },
);
