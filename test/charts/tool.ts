import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheDirectory } from '../../ops/dev/cache.ts';

const INSTALL = {
  helm: 'go install helm.sh/helm/v3/cmd/helm@v3.22.0',
  kubeconform: 'go install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0',
  'kube-score': 'go install github.com/zegl/kube-score/cmd/kube-score@v1.20.0',
  checkov: 'pip install checkov==3.3.30',
};

/** A tool in HEADRACE_TOOLS, in the cache, or on PATH. @throws Error that says how to install it. */
export function tool(name: keyof typeof INSTALL): string {
  const folders = [
    process.env['HEADRACE_TOOLS'],
    join(cacheDirectory(), 'tools'),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  const found = folders.flatMap((folder) => (folder ? [join(folder, name)] : [])).find((file) => existsSync(file));
  if (!found) throw new Error(`${name} is missing: ${INSTALL[name]}, then put it on PATH or into HEADRACE_TOOLS`);
  return found;
}
