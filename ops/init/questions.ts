import * as prompts from '@clack/prompts';
import { CLOUDS, type Cloud, SIZES, type Size } from '../../config/index.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { InitAnswers, InitRegion } from './template.ts';

const REGION_EXAMPLE: Record<Cloud, string> = { aws: 'us-east-1', azure: 'westeurope', gcp: 'asia-southeast1' };
const NAME = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;
const nameRule = (max: number) => (text: string | undefined) =>
  text && NAME.test(text) && text.length <= max
    ? undefined
    : `lower-case letters, digits and dashes, at most ${max}, starting with a letter`;

/** Asks for what flags did not give. @throws CommandError HR-INIT-003 when the person leaves. */
export async function ask(given: Partial<InitAnswers>, id: string): Promise<InitAnswers> {
  prompts.intro('A new Headrace deployment');
  const name =
    given.name ??
    (await answer(prompts.text({ message: 'Name of the deployment', placeholder: 'reviews', validate: nameRule(20) })));
  const entry = given.entry ?? (await answer(prompts.text({ message: 'Agent file', initialValue: './agent.ts' })));
  const regions = given.regions ?? (await askRegions());
  const model =
    given.model ??
    (await answer(
      prompts.select<'openai' | 'ollama'>({
        message: 'Chat model',
        options: [
          { value: 'openai', label: 'OpenAI', hint: 'key from the secret manager' },
          { value: 'ollama', label: 'Ollama', hint: 'in the cluster' },
        ],
      }),
    ));
  const topics = given.topics ?? {
    source: await answer(prompts.text({ message: 'Kafka topic of inputs', initialValue: `${name}-in` })),
    sink: await answer(prompts.text({ message: 'Kafka topic of outputs', initialValue: `${name}-out` })),
  };
  return { name, id, entry, regions, model, topics };
}

async function askRegions(): Promise<InitRegion[]> {
  const regions: InitRegion[] = [];
  do {
    const role = regions.length === 0 ? 'active' : 'standby';
    const cloud = await answer(
      prompts.select<Cloud>({
        message: `Cloud of the ${role} region`,
        options: CLOUDS.map((value) => ({ value, label: value })),
      }),
    );
    const region = await answer(prompts.text({ message: 'Its location', initialValue: REGION_EXAMPLE[cloud] }));
    const taken = regions.map((r) => r.name);
    const name = await answer(
      prompts.text({
        message: 'Short name',
        placeholder: 'us',
        validate: (text) =>
          nameRule(12)(text) ?? (taken.includes(text ?? '') ? 'another region has this name' : undefined),
      }),
    );
    const size = await answer(
      prompts.select<Size>({ message: 'Size', options: SIZES.map((value) => ({ value, label: value })) }),
    );
    regions.push({ name, cloud, region, role, size });
  } while (
    await answer(
      prompts.confirm({
        message: regions.length === 1 ? 'Add a standby region?' : 'Add another standby region?',
        initialValue: regions.length === 1,
      }),
    )
  );
  return regions;
}

async function answer<T>(question: Promise<T>): Promise<Exclude<T, symbol>> {
  const value = await question;
  if (prompts.isCancel(value)) {
    throw new CommandError('HR-INIT-003', 'headrace init', 'left without an answer; nothing was written', {
      exitCode: EXIT.interrupted,
    });
  }
  return value as Exclude<T, symbol>;
}
