import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The parts of a CycloneDX component that bills of materials here have. */
export interface Component {
  readonly type: 'application' | 'library' | 'container' | 'platform' | 'operating-system';
  readonly 'bom-ref': string;
  readonly group?: string;
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly cpe?: string;
  readonly hashes?: readonly { readonly alg: 'SHA-256'; readonly content: string }[];
  readonly licenses?: readonly ({ readonly expression: string } | { readonly license: { readonly name: string } })[];
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
  /** What a component carries inside, such as libraries within a jar. */
  readonly components?: readonly Component[];
}

export const sha256 = (file: string) => [{ alg: 'SHA-256', content: hash('sha256', readFileSync(file)) }] as const;

/** Where in the image a component lies. */
export const location = (path: string) => ({ name: 'headrace:location', value: path });

/** A licence as its package states it: an expression of SPDX where it is one. */
export const licences = (text: string | undefined): Pick<Component, 'licenses'> => {
  if (!text) return {};
  const words = text.split(/[\s()]+/).filter(Boolean);
  const expression =
    words.every((word) => /^(AND|OR|WITH|[A-Za-z0-9][A-Za-z0-9.+-]*)$/.test(word)) && !/^see license/i.test(text);
  return { licenses: [expression ? { expression: text } : { license: { name: text } }] };
};
