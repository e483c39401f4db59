import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileSource, getExecutionEnvironment } from '../../../runtime/index.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { asker, records, ScriptedModel } from './sample-job.ts';

test('a list goes through an agent and its outputs come back', async () => {
  const model = new ScriptedModel();
  const environment = getExecutionEnvironment({ config: { tone: 'dry' } }).addResource('model', model);
  const stream = environment.fromList(records(4, 1)).apply(asker);
  expect(() => stream.toList()).toThrow(expect.objectContaining({ code: 'HR-RUNTIME-009' }));
  await environment.execute();
  expect(stream.toList()).toEqual(records(4, 1).map(({ id }, i) => ({ id, n: i + 1, answer: `re ${id}` })));
  expect(environment.getConfig()).toEqual({ tone: 'dry' });
});

test('several streams keep their outputs and their memory apart', async () => {
  const environment = getExecutionEnvironment().addResource('model', new ScriptedModel());
  const one = environment.fromList(records(2, 1)).apply(asker);
  const two = environment.fromList(records(3, 1)).apply(asker);
  await environment.execute('both');
  expect(one.toList()).toHaveLength(2);
  expect(two.toList()).toHaveLength(3);
  expect(two.toList().at(-1)).toMatchObject({ n: 3 });
});

test('a local file is a data stream, as a source or as the deployment file describes it', async () => {
  const path = join(temporaryDirectory(), 'data.jsonl');
  writeFileSync(
    path,
    records(3)
      .map((one) => `${JSON.stringify(one)}\n`)
      .join(''),
  );
  const file = { path, format: 'jsonl' } as const;
  for (const source of [fileSource(file), { file }, { list: records(3) }]) {
    const environment = getExecutionEnvironment().addResource('model', new ScriptedModel());
    const stream = environment.fromDataStream(source).apply(asker);
    await environment.execute();
    expect(stream.toList()).toHaveLength(3);
  }
});

test('with a directory a second process finds the work done', async () => {
  const directory = temporaryDirectory();
  const models = [new ScriptedModel(), new ScriptedModel()];
  for (const model of models) {
    const environment = getExecutionEnvironment({ directory }).addResource('model', model);
    const stream = environment.fromList(records(3)).apply(asker);
    await environment.execute();
    expect(stream.toList()).toHaveLength(3);
  }
  expect(models.map((model) => model.asked.length)).toEqual([3, 0]);
});

test('an input that fails for good fails execute', async () => {
  const model = new ScriptedModel(() => {
    throw new Error('down');
  });
  const retry = { attempts: 1, initialBackoff: 1, maxBackoff: 1, onFailure: 'fail' } as const;
  const environment = getExecutionEnvironment({ retry }).addResource('model', model);
  environment.fromList(records(1)).apply(asker);
  await expect(environment.execute()).rejects.toMatchObject({ code: 'HR-RUNTIME-007' });
});

test('what one machine cannot do is refused with the way to go', async () => {
  const environment = getExecutionEnvironment().addResource('model', new ScriptedModel());
  const refused = (mend: string) =>
    expect.objectContaining({ code: 'HR-RUNTIME-009', mend: expect.stringContaining(mend) });
  expect(() => environment.fromTable('reviews')).toThrow(refused('fromDataStream'));
  expect(() => environment.fromDataStream({ kafka: { topic: 'x' } })).toThrow(refused('fileSource'));
  expect(() => environment.addResource('model', new ScriptedModel())).toThrow(refused('another name'));
  await expect(environment.execute()).rejects.toEqual(refused('apply an agent'));
});
