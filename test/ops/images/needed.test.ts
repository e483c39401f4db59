import { expect, it } from 'vitest';
import { neededImages, renderManifests } from '../../../charts/index.ts';
import { imageReference, parseDeployment } from '../../../config/index.ts';
import { inputs, ONE_REGION } from '../../charts/inputs.ts';

const model =
  'resources: { judge: { chat: openai, model: gpt-4.1-mini, secret: openai-key } }\nsecrets: [openai-key]\n';
const notes = 'resources: { a: { vectorStore: opensearch, collection: notes } }\n';

it.each([
  ['no egress to name', ONE_REGION, ['flink', 'worker']],
  ['a store of its own', ONE_REGION + notes, ['flink', 'worker', 'opensearch']],
  ['a model through the proxy', ONE_REGION + model, ['flink', 'worker', 'egress-proxy']],
])('%s needs those images, and no manifest names another of ours', (_, text, expected) => {
  const deployment = parseDeployment('headrace.yaml', text);
  expect(neededImages(deployment)).toEqual(expected);
  const named = inputs(text)
    .flatMap((input) => [...renderManifests(input).values()])
    .flatMap((manifest) => [...manifest.matchAll(/image: "?(\S*\/headrace-[^\s"]+)/g)].map(([, image]) => image));
  const built = neededImages(deployment).map((image) =>
    imageReference(image, deployment.images.registry, deployment.images.tag),
  );
  expect([...new Set(named)].sort()).toEqual(built.sort());
});
