import type { IConstruct } from 'constructs';

/** Findings of checkov that stay, by the check's id, with the reason of each. */
export type Accepted = Readonly<Record<string, string>>;

const KEY = 'headrace:accepted';

/**
 * States beside a resource which findings of a linter are meant, and why. It changes nothing of what is synthesized: a
 * test scans the stacks, and fails on a finding without a reason and on a reason without a finding.
 */
export function accept<T extends IConstruct>(resource: T, findings: Accepted): T {
  resource.node.addMetadata(KEY, findings);
  return resource;
}

/** What was accepted of a construct. */
export const acceptedOf = (construct: IConstruct): Accepted =>
  Object.assign({}, ...construct.node.metadata.filter(({ type }) => type === KEY).map(({ data }) => data));
