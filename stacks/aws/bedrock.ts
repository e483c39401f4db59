import type { DeploymentModel, Resource } from '../../config/index.ts';
import { arns } from './arns.ts';
import { AwsStackError } from './errors.ts';
import type { Place } from './place.ts';

/** Regions that an inference profile of a geography may route to (Amazon Bedrock, "Supported Regions for inference profiles"). */
const GEOGRAPHIES: Readonly<Record<string, readonly string[]>> = {
  us: ['us-east-1', 'us-east-2', 'us-west-2'],
  eu: ['eu-central-1', 'eu-north-1', 'eu-south-1', 'eu-south-2', 'eu-west-1', 'eu-west-3'],
};

/** ARNs that the declared Bedrock models are called by, sorted. @throws AwsStackError HR-AWS-002 for a profile of another geography. */
export function bedrockModels(deployment: Pick<DeploymentModel, 'resources'>, place: Place): string[] {
  const models = Object.entries(deployment.resources).flatMap(([name, resource]) =>
    ('firstOf' in resource ? resource.firstOf : [resource]).flatMap((one) => modelsOf(one, name, place)),
  );
  return [...new Set(models)].sort();
}

function modelsOf(resource: Resource, name: string, place: Place): string[] {
  const isChat = 'chat' in resource && resource.chat === 'bedrock';
  const isEmbedding = 'embedding' in resource && resource.embedding === 'bedrock';
  if (!isChat && !isEmbedding) return [];
  const { model } = resource;
  const region = ('region' in resource ? resource.region : undefined) ?? place.region;
  const [, geography, bare] = /^([a-z]+)\.([a-z0-9-]+\..+)$/.exec(model) ?? [];
  if (!geography || !bare) return [arns.foundationModel(place, region, model)];
  const regions = GEOGRAPHIES[geography];
  if (!regions) {
    throw new AwsStackError('HR-AWS-002', {
      path: `resources.${name}.model`,
      received: model,
      message: `the regions of inference profiles of "${geography}" are not known, so the worker cannot be limited to them`,
      mend: `name a model, or a profile of ${Object.keys(GEOGRAPHIES).join(' or ')}`,
    });
  }
  return [arns.inferenceProfile(place, region, model), ...regions.map((one) => arns.foundationModel(place, one, bare))];
}
