import type { Cloud, DeploymentModel } from '../../config/index.ts';
import { VERSIONS } from '../../config/index.ts';
import type { SynthResult } from '../synth/synth.ts';

const CREDENTIALS: Record<Cloud, string> = {
  aws: 'AWS: credentials of an account, as the AWS command line finds them (AWS_PROFILE)',
  azure: 'Azure: az login, and ARM_SUBSCRIPTION_ID',
  gcp: 'Google: gcloud auth application-default login, and GOOGLE_PROJECT',
};

/** What it takes to deploy for real, in the order in which to do it. */
export function nextSteps(deployment: DeploymentModel, directory: string, synth: SynthResult): string[] {
  const clouds = [...new Set(deployment.regions.map((region) => region.cloud))];
  const placeholder = deployment.dns?.zone.endsWith('.example.com')
    ? [`a DNS zone that is yours, instead of ${deployment.dns.zone}`]
    : [];
  return [
    `Deploy it: npx cdktf deploy ${synth.stacks.join(' ')}`,
    '  then fill in what only a deployment knows: npx cdktf output --outputs-file outputs.json && npm run headrace -- synth --outputs outputs.json',
    `  then install the charts in each region: helm upgrade --install --create-namespace -n ${deployment.name} ${deployment.name}-flink dist/helm/flink-cluster -f dist/helm/flink-cluster/values/REGION.yaml`,
    'It needs:',
    `  Terraform ${VERSIONS.terraform} or newer, and Helm 3`,
    ...clouds.map((cloud) => `  ${CREDENTIALS[cloud]}`),
    ...placeholder.map((what) => `  ${what}`),
    ...deployment.secrets.map(
      (secret) =>
        `  the value of the secret ${secret} in each region's secret manager: the stacks make the entry, never the value`,
    ),
    `Change ${directory}/headrace.yaml, or write your own: npm run headrace -- init`,
  ];
}
