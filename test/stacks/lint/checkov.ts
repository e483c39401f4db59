import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheDirectory } from '../../../ops/dev/cache.ts';

/** What a scan found, and how much it looked at. */
export interface Scan {
  readonly findings: readonly Finding[];
  readonly passed: number;
}

export interface Finding {
  readonly check: string;
  /** Terraform's name of the resource; its type is not always told. */
  readonly resource: string;
  /** File, from the scanned folder. */
  readonly file: string;
  /** What ought to be. */
  readonly title: string;
}

interface Report {
  readonly results: {
    readonly failed_checks: readonly {
      readonly check_id: string;
      readonly check_name: string;
      readonly resource: string;
      readonly file_path: string;
    }[];
  };
  readonly summary: { readonly passed: number; readonly parsing_errors: number };
}

/** checkov in HEADRACE_TOOLS, in the cache, or on PATH; undefined where it is missing. */
export function findCheckov(): string | undefined {
  const folders = [
    process.env['HEADRACE_TOOLS'],
    join(cacheDirectory(), 'tools'),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  return folders.flatMap((folder) => (folder ? [join(folder, 'checkov')] : [])).find((file) => existsSync(file));
}

/** Scans a folder of stacks, or the JSON of a plan. @throws when checkov is missing or cannot read what it is given. */
export function scan(kind: 'stacks' | 'plan', path: string): Scan {
  const command = findCheckov();
  if (!command)
    throw new Error('checkov is missing: pip install checkov==3.3.30, then put it on PATH or into HEADRACE_TOOLS');
  const input = kind === 'stacks' ? ['--directory', path] : ['--file', path];
  const framework = kind === 'stacks' ? 'terraform_json' : 'terraform_plan';
  const run = spawnSync(
    command,
    [...input, '--framework', framework, '--skip-download', '--compact', '--quiet', '--output', 'json'],
    { encoding: 'utf8', maxBuffer: 2 ** 27 },
  );
  const report = (run.stdout.startsWith('{') ? JSON.parse(run.stdout) : undefined) as Report | undefined;
  if (!report?.results) throw new Error(`checkov: ${run.stdout.slice(0, 500)} ${run.stderr.slice(-2000)}`);
  if (report.summary.parsing_errors > 0)
    throw new Error(`checkov could not read ${report.summary.parsing_errors} files`);
  return {
    passed: report.summary.passed,
    findings: report.results.failed_checks.map(({ check_id, check_name, resource, file_path }) => ({
      check: check_id,
      resource: resource.split('.').at(-1) ?? resource,
      file: file_path,
      title: check_name,
    })),
  };
}

/** How much of what was looked at passed: all of it, and without what is accepted. */
export function share({ passed, findings }: Scan, accepted: (finding: Finding) => boolean): string {
  const failed = findings.filter((finding) => !accepted(finding)).length;
  const percent = (of: number) => `${((100 * passed) / (passed + of)).toFixed(1)} %`;
  return `${passed} checks passed, ${findings.length} did not, ${findings.length - failed} of these with a reason: ${percent(failed)} (${percent(findings.length)} without reasons)`;
}
