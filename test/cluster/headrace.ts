import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../ops/package-root.ts';
import { tool } from '../charts/tool.ts';
import type { Cluster } from './kubernetes/cluster.ts';

const run = promisify(execFile);

export interface Ran {
  readonly code: number;
  readonly out: string;
}

/** Runs `headrace` as a person would. */
export async function headrace(cluster: Pick<Cluster, 'kubeconfig'>, ...args: string[]): Promise<Ran> {
  try {
    const { stdout, stderr } = await run(process.execPath, [join(packageRoot, 'ops/main.ts'), ...args], {
      env: { ...process.env, KUBECONFIG: cluster.kubeconfig, HEADRACE_HELM: tool('helm'), NO_COLOR: '1' },
      maxBuffer: 64 << 20,
    });
    return { code: 0, out: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: number; stdout?: string; stderr?: string };
    return { code: typeof code === 'number' ? code : 1, out: `${stdout ?? ''}${stderr ?? ''}` };
  }
}

export async function helm(cluster: Cluster, ...args: string[]): Promise<Ran> {
  try {
    const { stdout, stderr } = await run(tool('helm'), ['--kubeconfig', cluster.kubeconfig, ...args]);
    return { code: 0, out: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: number; stdout?: string; stderr?: string };
    return { code: typeof code === 'number' ? code : 1, out: `${stdout ?? ''}${stderr ?? ''}` };
  }
}
