import type { Component } from './component.ts';

/** Files of an image that list what was installed by Debian's packages. */
export const STATUS_FILES = {
  worker: ['/var/lib/dpkg/status'],
  'egress-proxy': ['/var/lib/dpkg/status'],
  // What the Java stage left: scanners look there too.
  flink: [
    '/var/lib/dpkg/status',
    '/var/lib/dpkg/status.d/libjemalloc2',
    '/var/lib/dpkg/status.d/openjdk-17-jre-headless',
  ],
} as const;

/** Debian's packages of an image, from the paragraphs of dpkg's status. */
export function debianComponents(status: string): Component[] {
  return status
    .split(/\n(?=Package: )/)
    .map((paragraph) => (key: string) => new RegExp(`^${key}: (.+)$`, 'm').exec(paragraph)?.[1])
    .filter((field) => field('Status') === 'install ok installed')
    .map((field) => {
      const [name = '', version = '', architecture = ''] = [field('Package'), field('Version'), field('Architecture')];
      const source = /^[^\s(]+/.exec(field('Source') ?? name)?.[0] ?? name;
      const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}&distro=debian-12`;
      return {
        type: 'library' as const,
        'bom-ref': purl,
        name,
        version,
        purl,
        properties: [{ name: 'headrace:debian-source', value: source }],
      };
    });
}
