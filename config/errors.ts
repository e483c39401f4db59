/** A violation in the deployment file: where, what was found, what is allowed, what to do. */
export interface ConfigIssue {
  /** Stable code, listed in `CONFIG_CODES`. */
  readonly code: ConfigCode;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  /** Place in the file as `regions[0].cloud`; empty for the whole file. */
  readonly path: string;
  readonly message: string;
  /** The offending value as JSON, shortened to 80 characters; absent where nothing was given. */
  readonly received?: string;
  /** Values or form allowed. */
  readonly allowed?: string;
  /** What to do about it. */
  readonly mend?: string;
  /** Profile that the violation appears in, where it is not the file's own. */
  readonly profile?: string;
}

export const CONFIG_CODES = {
  'HR-CONFIG-001': 'the file cannot be read',
  'HR-CONFIG-002': 'not valid YAML',
  'HR-CONFIG-003': 'unknown key',
  'HR-CONFIG-004': 'wrong type',
  'HR-CONFIG-005': 'value not allowed',
  'HR-CONFIG-006': 'missing key',
  'HR-CONFIG-007': 'value from the environment',
  'HR-CONFIG-008': 'unknown profile',
  'HR-CONFIG-010': 'two entries of the same name',
  'HR-CONFIG-011': 'number of active regions does not fit dr.mode',
  'HR-CONFIG-012': 'a standby protects nothing',
  'HR-CONFIG-013': 'overlapping address blocks',
  'HR-CONFIG-014': 'reference to something not declared',
  'HR-CONFIG-015': 'values that contradict each other',
} as const;
export type ConfigCode = keyof typeof CONFIG_CODES;

/** All violations of a deployment file at once. Its message is what a person should read. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code: ConfigCode;
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly [ConfigIssue, ...ConfigIssue[]]) {
    super(issues.map(renderIssue).join('\n'));
    this.issues = issues;
    this.code = issues[0].code;
  }
}

/** One issue as `file:line:column code path: message`, then indented lines for value, allowed values and mend. */
export function renderIssue(issue: ConfigIssue): string {
  const profile = issue.profile ? ` (profile ${issue.profile})` : '';
  const path = issue.path ? `${issue.path}: ` : '';
  const lines = [`${issue.file}:${issue.line}:${issue.column} ${issue.code} ${path}${issue.message}${profile}`];
  if (issue.received !== undefined) lines.push(`  found:   ${issue.received}`);
  if (issue.allowed) lines.push(`  allowed: ${issue.allowed}`);
  if (issue.mend) lines.push(`  mend:    ${issue.mend}`);
  return lines.join('\n');
}
