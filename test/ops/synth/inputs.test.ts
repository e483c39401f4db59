import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDeployment } from '../../../ops/deployment/open.ts';
import { chartInputs } from '../../../ops/synth/inputs.ts';
import { exampleCopy } from '../command-line.ts';

test('each region’s operator runs its own job of active-active, on its own inputs', async () => {
  const cwd = exampleCopy((text) =>
    text
      .replaceAll('role: standby', 'role: active')
      .replace('active-standby', 'active-active')
      .replace(/topic: reviews\b/, 'topic: "reviews-{region}"')
      .concat('flink: { manager: operator }\n'),
  );
  const inputs = chartInputs(await openDeployment(join(cwd, 'headrace.yaml')));
  for (const { region, specification } of inputs) {
    const job = JSON.parse(Buffer.from(specification?.slice('base64:'.length) ?? '', 'base64').toString());
    expect(job).toMatchObject({
      name: `reviews-${region.name}`,
      source: { kafka: { topic: `reviews-${region.name}`, group: `reviews-${region.name}` } },
    });
  }
});
