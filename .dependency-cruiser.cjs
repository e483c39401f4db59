/** The arrows of the architecture: which folder may import from which. */
const only = (name, from, to, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: '^(config|stacks|charts|runtime|ops|examples|test)/', pathNot: to },
});

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'A cycle has no bottom to start reading from.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    only(
      'config-stands-alone',
      '^config/',
      '^config/',
      'Every layer builds on the deployment file; it builds on none.',
    ),
    only(
      'stacks-on-config',
      '^stacks/',
      '^(config|stacks)/',
      'Clouds and clusters agree through config/contract only.',
    ),
    only(
      'charts-on-config',
      '^charts/',
      '^(config|charts)/',
      'Clouds and clusters agree through config/contract only.',
    ),
    only('api-stands-alone', '^runtime/api/', '^runtime/api/', 'What a user imports pulls in nothing else.'),
    only(
      'plan-on-api',
      '^runtime/plan/',
      '^runtime/(api|plan)/',
      'api, plan, engine, then what runs them: no arrow backwards.',
    ),
    only(
      'engine-on-plan',
      '^runtime/engine/',
      '^runtime/(api|plan|engine)/',
      'The engine is pure: it knows no process, store or service.',
    ),
    only('state-stands-alone', '^runtime/state/', '^runtime/state/', 'Any engine, and ops, keep state through it.'),
    only(
      'integrations-on-api',
      '^runtime/integrations/',
      '^runtime/(api|integrations)/',
      'Clients of services implement contracts of the API.',
    ),
    only(
      'local-on-engine',
      '^runtime/local/',
      '^runtime/(api|plan|engine|state|local)/',
      'The embedded engine does not know deployment files.',
    ),
    only(
      'wire-stands-alone',
      '^runtime/wire/',
      '^runtime/wire/',
      'What both sides of the wire agree on knows neither.',
    ),
    only(
      'worker-on-engine',
      '^runtime/worker/',
      '^runtime/(api|plan|engine|integrations|wire|worker)/',
      'A worker has no state and no deployment file.',
    ),
    only(
      'remote-on-plan',
      '^runtime/remote/',
      '^runtime/(api|plan|remote)/',
      'A job is described, not run, where it is submitted.',
    ),
    { name: 'nothing-imports-ops', severity: 'error', from: { pathNot: '^(ops|test)/' }, to: { path: '^ops/' } },
    { name: 'nothing-imports-tests', severity: 'error', from: { pathNot: '^test/' }, to: { path: '^test/' } },
    {
      name: 'clouds-apart',
      comment: 'One cloud does not know another.',
      severity: 'error',
      from: { path: '^stacks/(aws|azure|gcp)/' },
      to: { path: '^stacks/(aws|azure|gcp)/', pathNot: '^stacks/$1/' },
    },
    {
      name: 'providers-by-deep-path',
      comment:
        "A provider's root loads every resource: seconds and hundreds of megabytes. One module a cloud names it.",
      severity: 'error',
      from: {},
      to: { path: 'node_modules/@cdktf/provider-[a-z]+/lib/index\\.' },
    },
    {
      name: 'one-import-module-a-cloud',
      severity: 'error',
      from: { path: '^(stacks|charts|runtime|ops|config)/', pathNot: '^stacks/(aws|azure|gcp)/provider\\.ts$' },
      to: { path: 'node_modules/@cdktf/provider-' },
    },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependencies-in-the-product',
      severity: 'error',
      from: { path: '^(config|stacks|charts|runtime|ops)/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
