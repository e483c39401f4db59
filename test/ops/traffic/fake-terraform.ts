// Stands for terraform: keeps a state of variables in a file, as the real one keeps outputs and resources, and records every call.
// Run as: node fake-terraform.ts DIRECTORY ARGUMENTS…, in a stack's folder.
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { VERSIONS } from '../../../config/versions.ts';

const [directory = '', command = '', ...args] = process.argv.slice(2);
const file = join(directory, 'state.json');
const json = (path: string) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined);
const whole = (path: string, value: unknown) => {
  writeFileSync(`${path}.new`, JSON.stringify(value));
  renameSync(`${path}.new`, path);
};
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
appendFileSync(join(directory, 'calls.log'), `${command} ${args.join(' ')}\n`);

const state = json(file) ?? {};

/** Defaults, the environment, then the folder's own file: each wins over the one before, as in Terraform. */
function variables(): Record<string, unknown> {
  const { variable } = json('cdk.tf.json') as { variable: Record<string, { default: unknown; type: string }> };
  const told = json('headrace.auto.tfvars.json') ?? {};
  return Object.fromEntries(
    Object.entries(variable).map(([name, { default: otherwise, type }]) => {
      const said = process.env[`TF_VAR_${name}`];
      return [name, told[name] ?? (said === undefined ? otherwise : type === 'string' ? said : JSON.parse(said))];
    }),
  );
}

switch (command) {
  case 'version':
    say({ terraform_version: VERSIONS.terraform });
    break;
  case 'plan': {
    const now = variables();
    const before = state.dns_variables;
    const change = Object.keys(now).filter((name) => before && before[name] !== now[name]).length;
    whole('headrace.tfplan', now);
    say({ type: 'change_summary', changes: { add: before ? 0 : 5, change, remove: 0, operation: 'plan' } });
    const action = !before ? 'create' : change > 0 ? 'update' : 'noop';
    say({ type: 'outputs', outputs: { dns_variables: { action }, regions: { action: before ? 'noop' : 'create' } } });
    break;
  }
  case 'apply': {
    const resource = { addr: 'aws_route53_health_check.health-us' };
    say({ type: 'apply_start', hook: { resource, action: 'update' } });
    // Time to be killed in.
    await sleep(Number(process.env['FAKE_APPLY_MS'] ?? 0));
    whole(file, { regions: {}, dns_variables: json('headrace.tfplan') });
    say({ type: 'apply_complete', hook: { resource, action: 'update', elapsed_seconds: 1 } });
    break;
  }
  case 'output':
    say(Object.fromEntries(Object.entries(state).map(([name, value]) => [name, { value }])));
    break;
}
