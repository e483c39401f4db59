// The table: 60 promises, and how each cloud keeps them.
import { CLUSTER } from './cluster.ts';
import { IDENTITY } from './identity.ts';
import { KEYS } from './keys.ts';
import { NETWORK } from './network.ts';
import { NODES } from './nodes.ts';
import { OPERATIONS } from './operations.ts';
import type { Promised } from './promise.ts';
import { SECRETS_AND_IMAGES } from './secrets.ts';
import { SERVICES } from './services.ts';
import { STATE } from './state.ts';

export const PROMISES: readonly Promised[] = [
  ...NETWORK,
  ...CLUSTER,
  ...NODES,
  ...IDENTITY,
  ...KEYS,
  ...STATE,
  ...SECRETS_AND_IMAGES,
  ...SERVICES,
  ...OPERATIONS,
];
