// The deployments that the table is about: everything on, with a standby in the same cloud and one in another.
import { App, type TerraformStack, Testing } from 'cdktf';
import { type Cloud, type DeploymentModel, parseDeployment } from '../../../config/index.ts';
import { AwsRegionStack } from '../../../stacks/aws/region-stack.ts';
import { AzureRegionStack } from '../../../stacks/azure/region-stack.ts';
import { GcpRegionStack } from '../../../stacks/gcp/region-stack.ts';
import { GlobalStack } from '../../../stacks/global-stack.ts';
import type { Json } from '../synthesized.ts';
import type { Stacks } from './check.ts';

export const CLOUDS = ['aws', 'azure', 'gcp'] as const satisfies readonly Cloud[];

/** Active region, its standby, and a standby in another cloud, which keeps the lease. */
const REGIONS: Readonly<Record<Cloud, readonly string[]>> = {
  aws: [
    'name: us, cloud: aws, region: us-east-1, role: active, account: "111111111111"',
    'name: west, cloud: aws, region: us-west-2, role: standby, account: "111111111111"',
    'name: asia, cloud: gcp, region: asia-southeast1, role: standby, account: streams-prod',
  ],
  azure: [
    'name: eu, cloud: azure, region: westeurope, role: active',
    'name: north, cloud: azure, region: northeurope, role: standby',
    'name: asia, cloud: gcp, region: asia-southeast1, role: standby, account: streams-prod',
  ],
  gcp: [
    'name: asia, cloud: gcp, region: asia-southeast1, role: active, account: streams-prod',
    'name: tokyo, cloud: gcp, region: asia-northeast1, role: standby, account: streams-prod',
    'name: us, cloud: aws, region: us-east-1, role: standby',
  ],
};

const text = (cloud: Cloud) => `
version: 1
name: reviews
id: 5c1a9e
agent: { entry: ./agent.ts, parallelism: 8 }
accounts: dedicated
regions:
${REGIONS[cloud].map((region) => `  - { ${region} }`).join('\n')}
source: { kafka: { topic: reviews, bootstrap: managed } }
sink: { kafka: { topic: ratings, bootstrap: managed } }
resources: { judge: { chat: openai, model: gpt-4.1-mini, secret: openai-key } }
secrets: [openai-key, store-password]
network: { egress: [api.example.org] }
dns: { zone: reviews.example.com, authority: ${cloud} }
state: { googleBuckets: dual-region }
cluster:
  administrators:
    aws: ["arn:aws:iam::111111111111:role/admins"]
    azure: [11111111-2222-4333-8444-555555555555]
    gcp: ["gke-security-groups@example.com"]
observability: { alarms: [oncall@example.com], monthlyBudget: 1250.5 }
`;

const STACK = { aws: AwsRegionStack, azure: AzureRegionStack, gcp: GcpRegionStack };

const synthesize = (stack: TerraformStack) => JSON.parse(Testing.synth(stack, true)) as Json;

async function stacksOf(cloud: Cloud): Promise<Stacks> {
  const deployment: DeploymentModel = parseDeployment('headrace.yaml', text(cloud));
  const [region, standby] = deployment.regions;
  if (!region || !standby) throw new Error(`${cloud} needs two regions`);
  const app = () => new App({ stackTraces: false });
  return {
    region: synthesize(new STACK[cloud](app(), deployment, region)),
    standby: synthesize(new STACK[cloud](app(), deployment, standby)),
    global: synthesize(await GlobalStack.create(app(), deployment)),
  };
}

/** Synthesized once for all tests of a process. */
export const SUBJECTS: Readonly<Record<Cloud, Stacks>> = {
  aws: await stacksOf('aws'),
  azure: await stacksOf('azure'),
  gcp: await stacksOf('gcp'),
};
