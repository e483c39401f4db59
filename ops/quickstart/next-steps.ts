import { releaseName } from '../../charts/index.ts';
import { type Cloud, type DeploymentModel, VERSIONS } from '../../config/index.ts';
import type { SynthResult } from '../synth/synth.ts';

const CREDENTIALS: Record<Cloud, string> = {
  aws: 'AWS: credentials of an account, as the AWS command line finds them (AWS_PROFILE)',
  azure: 'Azure: az login, and ARM_SUBSCRIPTION_ID',
  gcp: 'Google: gcloud auth application-default login, and GOOGLE_PROJECT',
};

/** What it takes to deploy for real, in the order in which to do it. @param file the deployment file as it was named. */
export function nextSteps(deployment: DeploymentModel, file: string, synth: SynthResult): string[] {
  const { name } = deployment;
  const clouds = [...new Set(deployment.regions.map((region) => region.cloud))];
  const region = deployment.regions[0]?.name;
  const install = (release: string, chart: string) =>
    `  helm upgrade --install ${release} dist/helm/${chart} -n ${name} -f dist/helm/${chart}/values/${region}.yaml`;
  return [
    'Deploy it:',
    `  npx cdktf deploy ${synth.stacks.join(' ')}`,
    '  npx cdktf output --outputs-file outputs.json',
    `  npm run headrace -- synth --file ${file} --outputs outputs.json`,
    'then, with the credentials of each region (here of the first):',
    `  kubectl apply -f dist/manifests/${region}/platform`,
    install(releaseName(name, 'flink-cluster'), 'flink-cluster'),
    install(releaseName(name, 'agents-app'), 'agents-app'),
    'or all three, checked first and explained when something does not come up:',
    `  npm run headrace -- install --file ${file} --region ${region} --outputs outputs.json`,
    'It needs:',
    `  Terraform ${VERSIONS.terraform} or newer, Helm 3, kubectl, and both container images in the registries`,
    ...clouds.map((cloud) => `  ${CREDENTIALS[cloud]}`),
    ...(deployment.dns?.zone.endsWith('.example.com')
      ? [`  a DNS zone that is yours, instead of ${deployment.dns.zone}`]
      : []),
    ...deployment.secrets.map(
      (secret) => `  the value of the secret ${secret} in each secret manager: stacks make the entry only`,
    ),
    '  what each cloud wants before the first deployment of several regions: stacks/README.md',
    `Change ${file}, or write your own: npm run headrace -- init`,
  ];
}
