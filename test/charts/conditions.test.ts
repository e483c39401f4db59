// What exists only under a condition must exist under the same one in both renderings.
import { ApiObject, App, Chart } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import {
  above,
  all,
  any,
  type Condition,
  equals,
  expression,
  given,
  holds,
  isTrue,
  itemWhen,
  not,
  onlyWhen,
  pathsOf,
  presentItems,
  takeCondition,
} from '../../charts/helm/conditions.ts';
import { writeTemplate } from '../../charts/helm/template-writer.ts';

const values = { tls: { mode: 'issuer', on: true, off: false }, hosts: ['a'], none: [], labels: {}, replicas: 2 };

describe('a condition', () => {
  it.each<[Condition, boolean, string]>([
    [isTrue('tls.on'), true, '$.Values.tls.on'],
    [isTrue('tls.off'), false, '$.Values.tls.off'],
    [equals('tls.mode', 'issuer'), true, '(eq $.Values.tls.mode "issuer")'],
    [equals('tls.mode', 'secret'), false, '(eq $.Values.tls.mode "secret")'],
    [given('hosts'), true, '$.Values.hosts'],
    [given('none'), false, '$.Values.none'],
    [given('labels'), false, '$.Values.labels'],
    [above('replicas', 1), true, '(gt (int $.Values.replicas) 1)'],
    [above('replicas', 2), false, '(gt (int $.Values.replicas) 2)'],
    [not(isTrue('tls.on')), false, '(not $.Values.tls.on)'],
    [all(isTrue('tls.on'), given('none')), false, '(and $.Values.tls.on $.Values.none)'],
    [any(isTrue('tls.off'), given('hosts')), true, '(or $.Values.tls.off $.Values.hosts)'],
  ])('%j holds: %s', (condition, result, text) => {
    expect(holds(condition, values)).toBe(result);
    expect(expression(condition)).toBe(text);
  });

  it('tells every path that it reads', () => {
    expect(pathsOf(all(not(isTrue('a.b')), any(given('c'), above('d', 1))))).toEqual(['a.b', 'c', 'd']);
  });
});

describe('an item under a condition', () => {
  const spec = { volumes: [{ name: 'tmp' }, itemWhen(isTrue('tls.on'), { name: 'tls', secret: 's' })] };

  it('is an if around the item for Helm', () => {
    const read = new Set<string>();
    const text = writeTemplate(
      { kind: 'Pod', spec },
      new Map([
        ['tls.on', 'scalar'],
        ['tls.off', 'scalar'],
      ]),
      read,
    );
    expect(text).toBe(
      'kind: Pod\nspec:\n  volumes:\n    - name: tmp\n    {{- if $.Values.tls.on }}\n    - name: tls\n      secret: s\n    {{- end }}\n',
    );
    expect([...read]).toEqual(['tls.on']);
  });

  it('is there or not in plain manifests', () => {
    expect(presentItems(spec, values)).toEqual({ volumes: [{ name: 'tmp' }, { name: 'tls', secret: 's' }] });
    expect(presentItems(spec, { tls: { on: false } })).toEqual({ volumes: [{ name: 'tmp' }] });
  });
});

it('an object carries its condition and loses the mark', () => {
  const object = new ApiObject(new Chart(new App(), 'c'), 'o', { apiVersion: 'v1', kind: 'ConfigMap' });
  onlyWhen(object, given('hosts'));
  const taken = takeCondition(object.toJson() as object);
  expect(taken.when).toEqual(given('hosts'));
  expect(JSON.stringify(taken.object)).not.toContain('headrace.dev/when');
});
