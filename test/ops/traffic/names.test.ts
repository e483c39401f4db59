// The names that the command looks at are those that each cloud's stack makes.
import { App } from 'cdktf';
import { expect, test } from 'vitest';
import { parseDeployment } from '../../../config/index.ts';
import { trafficNames } from '../../../ops/traffic/names.ts';
import { GlobalStack } from '../../../stacks/global-stack.ts';

const deployment = (authority: string) =>
  parseDeployment(
    'headrace.yaml',
    `version: 1
name: reviews
id: 5c1a9e
agent: { entry: ./agent.ts }
regions:
  - { name: us, cloud: aws, region: us-east-1, role: active }
  - { name: eu-1, cloud: azure, region: westeurope, role: standby }
source: { kafka: { topic: reviews } }
sink: { kafka: { topic: ratings } }
dns: { zone: reviews.example.com, authority: ${authority} }
`,
  );

interface DnsRecord {
  readonly name?: string;
  readonly zone_name?: string;
}

test.each(['aws', 'azure', 'gcp'])('%s', async (authority) => {
  const model = deployment(authority);
  const stack = await GlobalStack.create(new App({ stackTraces: false }), model);
  const { resource, variable, output } = stack.toTerraform() as {
    resource: Record<string, Record<string, DnsRecord>>;
    variable: object;
    output: { dns_variables: { value: object } };
  };
  const made = Object.entries(resource)
    .filter(([type]) => /record/.test(type))
    .flatMap(([, records]) => Object.values(records))
    // Azure's records are relative to the zone, Google's end in a dot.
    .map(({ name = '', zone_name }) => (zone_name ? `${name}.reviews.example.com` : name.replace(/\.$/, '')));
  const { agents, regions } = trafficNames(model);
  expect(made).toEqual(expect.arrayContaining([agents, ...regions.values()]));
  // Every variable is kept: a deploy that is told none of them undoes none.
  expect(Object.keys(output.dns_variables.value).sort()).toEqual(Object.keys(variable).sort());
  expect(Object.keys(variable)).toEqual(
    expect.arrayContaining(['enabled_us', 'enabled_eu_1', 'endpoint_us', 'endpoint_eu_1']),
  );
});
