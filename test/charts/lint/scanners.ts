import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { tool } from '../tool.ts';
import { CHECKOV, KUBE_SCORE, type Suppression } from './suppressions.ts';

export interface Finding {
  readonly check: string;
  /** `Kind.namespace.name`. A pod of a workload has a suffix behind it. */
  readonly object: string;
}

export interface Scanner {
  readonly name: string;
  readonly stated: readonly Suppression[];
  /** How many checks passed on folders of manifests, and those that did not. Names are their own within a folder. */
  scan(folders: readonly string[]): { readonly passed: number; readonly findings: readonly Finding[] };
  /** What makes a container weaker, and the check that says so. */
  readonly weakened: { readonly from: string; readonly to: string; readonly check: string };
}

const run = (name: Parameters<typeof tool>[0], ...args: string[]) => {
  const { stdout, stderr } = spawnSync(tool(name), args, { encoding: 'utf8', maxBuffer: 2 ** 27 });
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`${name} printed no JSON: ${stderr}`);
  }
};

interface CheckovReport {
  readonly results: { readonly failed_checks: readonly { readonly check_id: string; readonly resource: string }[] };
  readonly summary: { readonly passed: number; readonly parsing_errors: number };
}

const checkov: Scanner = {
  name: 'checkov',
  stated: CHECKOV,
  scan(folders) {
    // It takes long to start, and mixes up nothing.
    const common = ['--framework', 'kubernetes', '--skip-download', '--compact', '--quiet', '--output', 'json'];
    const printed = run('checkov', '--file', ...folders.flatMap(manifestsIn), ...common);
    const { results, summary } = printed as CheckovReport;
    if (summary.parsing_errors > 0) throw new Error(`checkov could not read ${summary.parsing_errors} manifests`);
    return {
      passed: summary.passed,
      findings: results.failed_checks.map(({ check_id, resource }) => ({ check: check_id, object: resource })),
    };
  },
  weakened: { from: 'allowPrivilegeEscalation: false', to: 'allowPrivilegeEscalation: true', check: 'CKV_K8S_20' },
};

interface KubeScoreObject {
  readonly type_meta: { readonly kind: string };
  readonly object_meta: { readonly name: string; readonly namespace?: string };
  readonly checks: readonly {
    readonly check: { readonly id: string };
    /** 1 critical, 5 warning, 7 almost fine, 10 fine. */
    readonly grade: number;
    readonly skipped: boolean;
  }[];
}

const FINE = 10;
const manifestsIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => join(folder, file));

const kubeScore: Scanner = {
  name: 'kube-score',
  stated: KUBE_SCORE,
  scan(folders) {
    const printed = folders.flatMap(
      (folder) => run('kube-score', 'score', '--output-format', 'json', ...manifestsIn(folder)) as KubeScoreObject[],
    );
    const checks = printed.flatMap(({ type_meta, object_meta, checks }) =>
      checks
        .filter(({ skipped }) => !skipped)
        .map(({ check, grade }) => ({
          check: check.id,
          grade,
          object: `${type_meta.kind}.${object_meta.namespace ?? 'default'}.${object_meta.name}`,
        })),
    );
    return {
      passed: checks.filter(({ grade }) => grade === FINE).length,
      findings: checks.filter(({ grade }) => grade !== FINE),
    };
  },
  weakened: {
    from: 'readOnlyRootFilesystem: true',
    to: 'readOnlyRootFilesystem: false',
    check: 'container-security-context-readonlyrootfilesystem',
  },
};

export const SCANNERS: readonly Scanner[] = [checkov, kubeScore];
