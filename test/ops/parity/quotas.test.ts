// Limits of two regions' clouds: unequal, too small for what a region starts, absent, or refused.
import { expect, test, vi } from 'vitest';
import { CLOUDS, SIZES, sizing } from '../../../config/index.ts';
import { exampleCopy } from '../command-line.ts';
import { type Answers, compared, refusal, serving } from './services.ts';

// Stacks are synthesized as always, once for equal regions.
vi.mock(import('../../../ops/plan/resources.ts'), async (original) => {
  const { regionResources, ...rest } = await original();
  const made = new Map<string, ReturnType<typeof regionResources>>();
  return {
    ...rest,
    regionResources: (deployment) => {
      const key = JSON.stringify([deployment.regions, deployment.dns, deployment.source, deployment.sink]);
      const found = made.get(key) ?? regionResources(deployment);
      made.set(key, found);
      return found;
    },
  };
});

const SUBSCRIPTION = '11111111-2222-3333-4444-555555555555';
const accounts = (file: string) =>
  file
    .replace('region: westeurope,', `region: westeurope, account: ${SUBSCRIPTION},`)
    .replace('region: asia-southeast1,', 'region: asia-southeast1, account: reviews-asia,');

/** A small region starts 72 virtual CPUs and 1,450 GiB at most. */
const aws = (values: Readonly<Record<string, number>> = {}): Answers =>
  Object.fromEntries(
    Object.entries({ 'L-1216C47A': 72, 'L-34B43A08': 0, 'L-0263D0A3': 5, 'L-7A658B76': 50, ...values }).map(
      ([code, Value]) => [`ServiceQuotasV20190624.GetServiceQuota ${code}`, { Quota: { Value } }],
    ),
  );

const usages = (limits: Readonly<Record<string, number>>) => ({
  value: Object.entries(limits).map(([value, limit]) => ({ name: { value }, limit, currentValue: 0 })),
});
const location = (provider: string, at: string, version: string) =>
  `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.${provider}/locations/${at}/usages?api-version=${version}`;
const azure = (limits: Readonly<Record<string, number>> = {}, at = 'westeurope'): Answers => ({
  [location('Compute', at, '2024-07-01')]: usages({
    cores: 100,
    StandardDDSv5Family: 80,
    lowPriorityCores: 0,
    ...limits,
  }),
  [location('Network', at, '2024-05-01')]: usages({ PublicIPAddresses: 10, StandardSkuPublicIpAddresses: 10 }),
});

const quotas = (limits: Readonly<Record<string, number>>) => ({
  quotas: Object.entries(limits).map(([metric, limit]) => ({ metric, limit, usage: 0 })),
});
const REGION = '/compute/v1/projects/reviews-asia/regions/asia-southeast1';
const PROJECT = '/compute/v1/projects/reviews-asia';
const ENOUGH = { N2_CPUS: 72, PREEMPTIBLE_CPUS: 0, IN_USE_ADDRESSES: 8, STATIC_ADDRESSES: 8, SSD_TOTAL_GB: 2000 };
const gcp = (limits: Readonly<Record<string, number>> = {}, everywhere = 72): Answers => ({
  [REGION]: quotas({ ...ENOUGH, ...limits }),
  [PROJECT]: quotas({ CPUS_ALL_REGIONS: everywhere }),
});

const compare = async (answers: Answers, regions: readonly string[], change = (file: string) => file, all = false) => {
  const service = await serving(answers);
  const cwd = exampleCopy((file) => change(accounts(file)));
  return { ...(await compared(cwd, { regions, quotas: true, all }, service.url)), asked: service.asked };
};

test('enough of everything in two clouds is no difference, though their limits are not the same', async () => {
  const { result, exitCode } = await compare({ ...aws(), ...azure() }, ['us', 'eu']);
  expect({ exitCode, differences: result.differences }).toEqual({ exitCode: 0, differences: [] });
  expect(result.explained).toContainEqual(
    expect.objectContaining({ place: 'Quota/family-vcpus limit', a: '72', b: '80' }),
  );
});

test.each([
  ['one virtual CPU too few in AWS', aws({ 'L-1216C47A': 71 }), azure(), 'family-vcpus', '72, L-1216C47A allows 71'],
  ['two addresses in AWS', aws({ 'L-0263D0A3': 2 }), azure(), 'addresses', '3, L-0263D0A3 allows 2'],
  ['one TiB of disks in AWS', aws({ 'L-7A658B76': 1 }), azure(), 'disk-gib', '1450, L-7A658B76 allows 1024'],
])('%s is told with what is needed', async (_, ofUs, ofEu, name, said) => {
  const { result, exitCode } = await compare({ ...ofUs, ...ofEu }, ['us', 'eu']);
  expect(exitCode).toBe(3);
  expect(result.differences).toEqual([expect.objectContaining({ place: `Quota/${name} needed`, a: said })]);
});

test.each([
  ['cores', { cores: 71 }, 'vcpus', '72, cores allows 71'],
  ['its family', { StandardDDSv5Family: 71 }, 'family-vcpus', '72, standardDDSv5Family allows 71'],
])('a standby in Azure that has too little of %s is told', async (_, limits, name, said) => {
  const { result, lines } = await compare({ ...aws(), ...azure(limits) }, ['us', 'eu']);
  expect(result.differences).toEqual([expect.objectContaining({ place: `Quota/${name} needed`, b: said })]);
  expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^  Quota/${name} needed: .* \\| ${said}$`)));
});

test.each([
  ['its family', gcp({ N2_CPUS: 24 }), 'family-vcpus', '72, N2_CPUS allows 24'],
  ['the project', gcp({}, 32), 'project-vcpus', '72, CPUS_ALL_REGIONS allows 32'],
  ['static addresses', gcp({ STATIC_ADDRESSES: 1 }), 'static-addresses', '2, STATIC_ADDRESSES allows 1'],
  ['addresses in use', gcp({ IN_USE_ADDRESSES: 1 }), 'addresses', '2, IN_USE_ADDRESSES allows 1'],
  ['disks', gcp({ SSD_TOTAL_GB: 500 }), 'disk-gib', '1450, SSD_TOTAL_GB allows 500'],
])('a standby in Google Cloud that has too little for %s is told', async (_, ofAsia, name, said) => {
  const { result } = await compare({ ...aws(), ...ofAsia }, ['us', 'asia']);
  expect(result.differences).toEqual([expect.objectContaining({ place: `Quota/${name} needed`, b: said })]);
});

/** Two regions of one cloud. */
const bothAzure = (file: string) =>
  file.replace('cloud: aws, region: us-east-1,', `cloud: azure, region: eastus, account: ${SUBSCRIPTION},`);

test('limits that differ within a cloud are told, until the file allows it', async () => {
  const answers = { ...azure({ cores: 350 }, 'eastus'), ...azure() };
  const { result } = await compare(answers, ['us', 'eu'], bothAzure);
  expect(result.differences).toEqual([{ place: 'Quota/vcpus limit', a: '350', b: '100' }]);
  const parity = 'parity: { allow: [{ place: "Quota/vcpus limit", reason: asked for }] }';
  const allowed = await compare(answers, ['us', 'eu'], (file) => bothAzure(file).replace('dr: {', `dr: { ${parity},`));
  expect(allowed.result).toMatchObject({ differences: [], unused: [] });
  expect(allowed.result.explained).toContainEqual(
    expect.objectContaining({ place: 'Quota/vcpus limit', reason: 'asked for' }),
  );
});

test('limits that are equal and too small are told for both', async () => {
  const { result } = await compare(
    { ...azure({ cores: 10 }, 'eastus'), ...azure({ cores: 10 }) },
    ['us', 'eu'],
    bothAzure,
  );
  const said = '72, cores allows 10';
  expect(result.differences).toEqual([{ place: 'Quota/vcpus needed', a: said, b: said }]);
});

test('a standby that is larger needs more of the same limit', async () => {
  const larger = (file: string) => bothAzure(file).replace(/(name: eu.*size: )small/, '$1medium');
  const { result } = await compare({ ...azure({}, 'eastus'), ...azure() }, ['us', 'eu'], larger);
  expect(result.differences).toContainEqual({
    place: 'Quota/vcpus needed',
    a: '72, cores allows 100',
    b: '240, cores allows 100',
  });
});

test('a limit that a cloud does not name is told as such', async () => {
  const { 'ServiceQuotasV20190624.GetServiceQuota L-1216C47A': _, ...rest } = aws();
  const { result } = await compare({ ...rest, ...azure() }, ['us', 'eu']);
  expect(result.differences).toEqual([
    {
      place: 'Quota/family-vcpus needed',
      a: '72, L-1216C47A is not told',
      b: '72, standardDDSv5Family allows 80',
    },
  ]);
});

test('a quota of AWS that has only a default counts with it', async () => {
  const { 'ServiceQuotasV20190624.GetServiceQuota L-0263D0A3': applied, ...rest } = aws();
  const byDefault = { 'ServiceQuotasV20190624.GetAWSDefaultServiceQuota L-0263D0A3': applied };
  const { result } = await compare({ ...rest, ...byDefault, ...azure() }, ['us', 'eu']);
  expect(result.differences).toEqual([]);
});

test('spot workers count against the limit of spot capacity, in Google Cloud once it is granted', async () => {
  const spot = (file: string) => file.replaceAll('size: small', 'size: small, spot: true');
  const granted = { ...aws({ 'L-1216C47A': 36, 'L-34B43A08': 35 }), ...gcp({ N2_CPUS: 36, PREEMPTIBLE_CPUS: 36 }) };
  expect((await compare(granted, ['us', 'asia'], spot)).result.differences).toEqual([
    { place: 'Quota/spot-vcpus needed', a: '36, L-34B43A08 allows 35', b: '36, PREEMPTIBLE_CPUS allows 36' },
  ]);
  const shared = { ...aws({ 'L-34B43A08': 36 }), ...gcp({ N2_CPUS: 36 }) };
  expect((await compare(shared, ['us', 'asia'], spot)).result.differences).toEqual([
    { place: 'Quota/family-vcpus needed', a: '36, L-1216C47A allows 72', b: '72, N2_CPUS allows 36' },
  ]);
});

test('further pages of Azure are read', async () => {
  const pages = await serving({ '/more': usages({ cores: 100, standardDDSv5Family: 100 }) });
  const compute = location('Compute', 'westeurope', '2024-07-01');
  const answers = { ...aws(), ...azure(), [compute]: { value: [], nextLink: `${pages.url}/more` } };
  expect((await compare(answers, ['us', 'eu'])).result.differences).toEqual([]);
});

test('questions are signed: to AWS for the service and the region, to the others by a token', async () => {
  const { asked } = await compare({ ...aws(), ...azure() }, ['us', 'eu']);
  const by = (start: string) =>
    asked.filter(({ what }) => what.startsWith(start)).map(({ headers }) => headers.authorization);
  expect(by('ServiceQuotas')).toHaveLength(4);
  for (const one of by('ServiceQuotas'))
    expect(one).toMatch(/^AWS4-HMAC-SHA256 Credential=test\/\d{8}\/us-east-1\/servicequotas\/aws4_request, /);
  expect(new Set(by('/subscriptions'))).toEqual(new Set(['Bearer token']));
});

const denied = { __type: 'AccessDeniedException', Message: 'not authorized' };

test.each([
  ['AWS', { 'ServiceQuotasV20190624.GetServiceQuota L-7A658B76': refusal(400, denied) }, 'us', 'servicequotas:'],
  ['Azure', { [location('Network', 'westeurope', '2024-05-01')]: refusal(403) }, 'eu', 'Microsoft.Network/'],
  ['Google Cloud', { [PROJECT]: refusal(403) }, 'asia', 'compute.projects.get'],
])('a refusal of %s names the region and the right that is missing', async (_, refused, region, right) => {
  const other = region === 'us' ? 'eu' : 'us';
  const answers = { ...aws(), ...azure(), ...gcp(), ...refused };
  await expect(compare(answers, [region, other])).rejects.toMatchObject({
    code: 'HR-PARITY-004',
    place: `${region} quotas`,
    exitCode: 1,
    mend: expect.stringContaining(right),
  });
});

test('a subscription that Azure does not know is no limit of nothing', async () => {
  await expect(compare(aws(), ['us', 'eu'])).rejects.toMatchObject({ code: 'HR-PARITY-004', place: 'eu quotas' });
});

test("credentials of another account than the file's are refused", async () => {
  const arn = 'arn:aws:servicequotas:us-east-1:999999999999:ebs/L-7A658B76';
  const answers = {
    ...aws(),
    'ServiceQuotasV20190624.GetServiceQuota L-7A658B76': { Quota: { Value: 50, QuotaArn: arn } },
  };
  const account = (file: string) => file.replace('region: us-east-1,', 'region: us-east-1, account: "123456789012",');
  await expect(compare({ ...answers, ...azure() }, ['us', 'eu'], account)).rejects.toThrow('999999999999');
});

test.each([
  ['eu', 'set regions[1].account, or ARM_SUBSCRIPTION_ID'],
  ['asia', 'set regions[2].account'],
])('%s, for which nobody says whose quotas, is bad input', async (region, mend) => {
  vi.stubEnv('ARM_SUBSCRIPTION_ID', '');
  const { url } = await serving(aws());
  await expect(compared(exampleCopy(), { regions: ['us', region], quotas: true }, url)).rejects.toMatchObject({
    code: 'HR-PARITY-004',
    exitCode: 2,
    mend,
  });
});

test('every size takes its nodes from one family of each cloud, that of AWS being among its standard ones', () => {
  const family = { aws: /^m7i\./, azure: /^Standard_D\d+ds_v5$/, gcp: /^n2-/ };
  for (const size of SIZES)
    for (const { instance } of Object.values(sizing(size).pools))
      for (const cloud of CLOUDS) expect(instance[cloud]).toMatch(family[cloud]);
});
