// Objects for the Flink Kubernetes Operator against its own definitions.
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { flinkCluster } from '../../charts/flink-cluster/chart.ts';
import { flinkValues } from '../../charts/flink-cluster/values.ts';
import { holds, presentItems, takeCondition } from '../../charts/helm/conditions.ts';
import { example, zooKeeper } from './deployments.ts';
import type { Manifest } from './inputs.ts';
import { operatorSchema } from './operator-definitions.ts';

/** Every region of both deployments, and one savepoint on demand. */
const objects: Manifest[] = [...example(), ...zooKeeper()].flatMap((input) => {
  const values = flinkValues({ ...input, specification: 'base64:e30=' });
  const managed = { ...values, manager: 'operator' as const, operator: { ...values.operator, snapshot: 'before-2' } };
  return flinkCluster({ name: 'reviews-flink', namespace: 'reviews' }, managed).flatMap((source) => {
    const { object, when } = takeCondition(source);
    return when === undefined || holds(when, managed) ? [presentItems(object, managed) as Manifest] : [];
  });
});
const of = (kind: string) => objects.filter((object) => object.kind === kind);
const ajv = new Ajv({ strict: false, allErrors: true });
const validators = {
  FlinkDeployment: ajv.compile(operatorSchema('FlinkDeployment')),
  FlinkStateSnapshot: ajv.compile(operatorSchema('FlinkStateSnapshot')),
};
const violations = (kind: keyof typeof validators, object: object) => {
  const validate = validators[kind];
  validate(JSON.parse(JSON.stringify(object)));
  return (validate.errors ?? []).map(
    (error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`,
  );
};

describe.each([
  ['FlinkDeployment', 4],
  ['FlinkStateSnapshot', 4],
] as const)('%s', (kind, count) => {
  it('of every region is what the operator defines', () => {
    expect(of(kind)).toHaveLength(count);
    for (const object of of(kind)) expect(violations(kind, object)).toEqual([]);
  });
});

describe('the check', () => {
  const [deployment] = of('FlinkDeployment');
  const changed = (change: (spec: Manifest) => void) => {
    const copy = structuredClone(JSON.parse(JSON.stringify(deployment)));
    change(copy.spec);
    return violations('FlinkDeployment', copy).join('\n');
  };

  it.each([
    ['a field that the operator does not know', (spec: Manifest) => Object.assign(spec.job, { jarUri: 'x' }), 'jarUri'],
    [
      'a value of another kind',
      (spec: Manifest) => Object.assign(spec.job, { parallelism: '2' }),
      '/spec/job/parallelism',
    ],
    [
      'an upgrade mode that there is not',
      (spec: Manifest) => Object.assign(spec.job, { upgradeMode: 'none' }),
      'upgradeMode',
    ],
    [
      'a version that no operator knows',
      (spec: Manifest) => Object.assign(spec, { flinkVersion: 'v9_9' }),
      'flinkVersion',
    ],
    [
      'a field that a pod does not have',
      (spec: Manifest) => Object.assign(spec.taskManager.podTemplate.spec, { securityContex: {} }),
      'securityContex',
    ],
  ])('sees %s', (_, change, word) => expect(changed(change)).toContain(word));
});
