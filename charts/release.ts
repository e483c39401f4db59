/** What a rendering knows of its release: literals for plain manifests, Helm's own values for a template. */
export interface Release {
  /** Prefix of every object's name, so that two releases in one namespace do not collide. */
  readonly name: string;
  readonly namespace: string;
}

/** Release names that the plain manifests are written with, and that the docs install with. */
export const releaseName = (deployment: string, chart: 'flink-cluster' | 'agents-app') =>
  `${deployment}-${chart === 'flink-cluster' ? 'flink' : 'agents'}`;
