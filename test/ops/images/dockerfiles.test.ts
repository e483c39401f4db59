import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RUN_AS } from '../../../charts/pod.ts';
import { OWN_IMAGES, VERSIONS } from '../../../config/index.ts';
import { dockerfileOf } from '../../../ops/images/build.ts';
import { packageRoot } from '../../../ops/package-root.ts';

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** Instructions with their continued lines joined, without comments. */
const instructions = (text: string): Instruction[] =>
  text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim())
    .map((line) => {
      const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
      return { name, rest };
    });

describe.each(OWN_IMAGES)('the Dockerfile of %s', (image) => {
  const all = instructions(readFileSync(dockerfileOf(image), 'utf8'));
  const last = all.slice(all.findLastIndex(({ name }) => name === 'FROM'));
  const of = (list: readonly Instruction[], name: string) =>
    list.filter((one) => one.name === name).map(({ rest }) => rest);

  it('runs as the numeric user that the charts run it as', () => {
    const user = RUN_AS[image];
    expect(of(last, 'USER')).toEqual([`${user}:${user}`]);
    expect(last.findLastIndex(({ name }) => name === 'RUN' || name === 'COPY')).toBeLessThan(
      last.findIndex(({ name }) => name === 'USER'),
    );
  });

  it('has several stages, all on one base of a dated tag', () => {
    const from = of(all, 'FROM');
    expect(from.length).toBeGreaterThan(1);
    expect(from.every((rest) => /^\$\{BASE_IMAGE\}( AS \w+)?$/.test(rest))).toBe(true);
    expect(of(all, 'ARG')[0]).toMatch(/^BASE_IMAGE=docker\.io\/library\/debian:bookworm-\d{8}-slim$/);
  });

  it('fetches nothing but Debian packages, and none in the last stage', () => {
    expect(of(all, 'ADD')).toEqual([]);
    expect(of(all, 'COPY').join(' ')).not.toMatch(/https?:/);
    expect(of(all, 'RUN').join(' ')).not.toMatch(/curl|wget|npm |pip |git /);
    expect(of(last, 'RUN').join(' ')).not.toMatch(/apt/);
    for (const run of of(all, 'RUN').filter((rest) => rest.includes('apt-get install')))
      expect(run).toMatch(/--no-install-recommends.*rm -rf \/var\/lib\/apt\/lists/);
  });

  it('takes no secret: neither arguments nor variables can hold one', () => {
    const known = ['BASE_IMAGE', 'VERSION', 'REVISION', 'AGENT_ENTRY', 'PLAN_HASH'];
    expect(of(all, 'ARG').filter((rest) => !known.includes(rest.split('=')[0] ?? ''))).toEqual([]);
    expect(of(all, 'ENV').join(' ')).not.toMatch(/key|token|secret|password/i);
  });

  it('leaves files to root, and programs without a change of user', () => {
    expect(of(all, 'COPY').join(' ')).not.toContain('--chown');
    expect(of(last, 'RUN').join(' ')).toContain('-perm /6000 -exec chmod a-s');
  });

  it('says what it is', () => {
    const labels = of(last, 'LABEL').join(' ');
    for (const label of ['title', 'description', 'version', 'revision', 'licenses'])
      expect(labels).toContain(`org.opencontainers.image.${label}=`);
    expect(labels).toContain('licenses="Apache-2.0"');
  });

  it('starts by a list of words: signals reach the process, not a shell', () => {
    const [entry = ''] = of(last, 'ENTRYPOINT');
    expect(JSON.parse(entry)).toEqual(expect.arrayContaining([expect.stringMatching(/^\/opt\//)]));
    expect(of(last, 'CMD')).toEqual([]);
  });
});

it('has the Node.js that is tested', () => {
  const cache = readFileSync(`${packageRoot}/ops/dev/cache.ts`, 'utf8');
  expect(cache).toContain(`version: '${VERSIONS.node}'`);
  const { devDependencies } = JSON.parse(readFileSync(`${packageRoot}/package.json`, 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  expect(devDependencies['node']).toBe(VERSIONS.node);
});
