import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Cloud } from '../../config/index.ts';

interface Source {
  /** Variables of which one must be set. */
  readonly variables: readonly string[];
  /** Files under the home directory of which one must exist. */
  readonly files: readonly string[];
  readonly mend: string;
}

/** Where each provider looks for credentials, in its own documentation's words "Authentication". */
const SOURCES: Readonly<Record<Cloud, Source>> = {
  aws: {
    variables: [
      'AWS_ACCESS_KEY_ID',
      'AWS_PROFILE',
      'AWS_WEB_IDENTITY_TOKEN_FILE',
      'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
      'AWS_CONTAINER_CREDENTIALS_FULL_URI',
      'AWS_SHARED_CREDENTIALS_FILE',
    ],
    files: ['.aws/credentials', '.aws/config'],
    mend: 'sign in with `aws sso login`, or set AWS_PROFILE',
  },
  azure: {
    variables: ['ARM_CLIENT_ID', 'ARM_USE_MSI', 'ARM_USE_OIDC', 'ARM_USE_AKS_WORKLOAD_IDENTITY', 'AZURE_CONFIG_DIR'],
    files: ['.azure/azureProfile.json'],
    mend: 'sign in with `az login`, or set ARM_CLIENT_ID and what goes with it',
  },
  gcp: {
    variables: ['GOOGLE_APPLICATION_CREDENTIALS', 'GOOGLE_CREDENTIALS', 'GOOGLE_OAUTH_ACCESS_TOKEN'],
    files: ['.config/gcloud/application_default_credentials.json'],
    mend: 'sign in with `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS',
  },
};

/** What to do about a cloud for which nothing is there that a provider could sign in with; undefined where something is. */
export function missingCredentials(
  cloud: Cloud,
  env: NodeJS.ProcessEnv = process.env,
  home: string = env['HOME'] ?? homedir(),
): string | undefined {
  const { variables, files, mend } = SOURCES[cloud];
  if (variables.some((name) => env[name])) return undefined;
  return files.some((file) => existsSync(join(home, file))) ? undefined : mend;
}
