import { VERSIONS } from '../../../config/index.ts';
import type { PlacedPackage } from '../packages.ts';
import { type Component, licences, location, sha256 } from './component.ts';

/** Packages of npm, once for each place that they lie in. @param below directory of the image. */
export const npmComponents = (packages: readonly PlacedPackage[], below: string): Component[] =>
  packages.map(({ name, version, license, place }) => {
    const [scope, own] = name.startsWith('@') ? name.split('/') : [undefined, name];
    return {
      type: 'library' as const,
      'bom-ref': `${below}/${place}`,
      ...(scope === undefined ? {} : { group: scope }),
      name: own ?? name,
      version,
      purl: `pkg:npm/${scope === undefined ? '' : `${encodeURIComponent(scope)}/`}${own}@${encodeURIComponent(version)}`,
      ...licences(license),
      properties: [location(`${below}/${place}`)],
    };
  });

/** The Node.js of the image. @param file its program, in the context. */
export const nodeComponent = (file: string): Component => ({
  type: 'platform',
  'bom-ref': '/opt/node/bin/node',
  name: 'node',
  version: VERSIONS.node,
  purl: `pkg:generic/node@${VERSIONS.node}`,
  cpe: `cpe:2.3:a:nodejs:node.js:${VERSIONS.node}:*:*:*:*:*:*:*`,
  hashes: sha256(file),
  properties: [location('/opt/node/bin/node')],
});
