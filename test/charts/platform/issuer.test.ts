import { describe, expect, it } from 'vitest';
import { issuerRef, LEAF_DAYS } from '../../../charts/platform/issuer.ts';
import { pick } from '../inputs.ts';
import { objects, ofKind, region } from './deployments.ts';

const hours = (text: string) => Number(/^(\d+)h$/.exec(text)?.[1]);

describe('the issuer of a deployment', () => {
  it('is an authority of its namespace alone', () => {
    const input = region();
    const all = objects(input);
    expect(issuerRef(input.deployment)).toEqual({ name: 'headrace', kind: 'Issuer', group: 'cert-manager.io' });
    expect(pick(all, 'Issuer', 'headrace').spec).toEqual({ ca: { secretName: 'headrace-ca' } });
    const ca = pick(all, 'Certificate', 'headrace-ca').spec;
    expect(ca).toMatchObject({ isCA: true, secretName: 'headrace-ca', issuerRef: { name: 'headrace-bootstrap' } });
    expect(pick(all, 'Issuer', ca.issuerRef.name).spec).toEqual({ selfSigned: {} });
    expect(ofKind(all, 'ClusterIssuer')).toEqual([]);
  });

  it('renews itself before a certificate could outlive it, and keeps its key so that both verify', () => {
    const ca = pick(objects(region()), 'Certificate', 'headrace-ca').spec;
    expect(hours(ca.renewBefore)).toBeGreaterThan(LEAF_DAYS * 24);
    expect(hours(ca.duration)).toBeGreaterThan(2 * hours(ca.renewBefore));
    expect(ca.privateKey.rotationPolicy).toBe('Never');
  });

  it('is the one that the file names, and then nothing is made', () => {
    const input = region({ lines: ['cluster: { issuer: { kind: ClusterIssuer, name: corporate } }'] });
    expect(issuerRef(input.deployment)).toEqual({ name: 'corporate', kind: 'ClusterIssuer', group: 'cert-manager.io' });
    expect(objects(input).filter((object) => object.apiVersion.startsWith('cert-manager.io'))).toEqual([]);
  });
});
