import { VERSIONS } from '../../../config/index.ts';
import type { Component } from './component.ts';

/** What an image is, and all that it holds. */
export interface Subject {
  /** Its reference. */
  readonly name: string;
  readonly version: string;
  /** Digest of its configuration, with the algorithm. */
  readonly id: string;
  readonly revision: string;
  readonly components: readonly Component[];
}

/** A CycloneDX 1.6 document. The same image gives the same bytes: it has neither a time nor a random number. */
export function billOfMaterials({ name, version, id, revision, components }: Subject): string {
  const refs = new Map(components.map((component) => [component['bom-ref'], component]));
  return `${JSON.stringify(
    {
      $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      version: 1,
      metadata: {
        tools: { components: [{ type: 'application', name: 'headrace', version: VERSIONS.headrace }] },
        component: {
          type: 'container',
          'bom-ref': 'image',
          name,
          version,
          hashes: [{ alg: 'SHA-256', content: id.replace(/^sha256:/, '') }],
          properties: [{ name: 'headrace:revision', value: revision }],
        },
      },
      components: [...refs.values()].sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1)),
      // Every part is listed; what each part is made of is known only of packages.
      compositions: [{ aggregate: 'incomplete', assemblies: ['image'] }],
    },
    null,
    2,
  )}\n`;
}
