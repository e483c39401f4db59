/** Resources and data sources whose arguments or attributes are the value of a secret. */
const SECRET_TYPES =
  /^(aws_secretsmanager_(secret_version|random_password)|aws_ssm_parameter|azurerm_key_vault_secret|google_secret_manager_secret_version(_access)?|google_service_account_key|aws_iam_access_key|random_password|tls_private_key)$/;

/** Arguments that carry a secret; names of secrets end otherwise. */
const SECRET_KEYS =
  /^(password|secret_string|secret_binary|secret_data|private_key|access_key|secret_key|client_secret|account_key|connection_string|token|credentials|shared_access_key|sas_token|admin_password)$/;

/** Values that are a key whatever they are called. */
const SECRET_VALUES = [
  /AKIA[0-9A-Z]{16}/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\bsk-[A-Za-z0-9]{20,}/,
  /AccountKey=/,
];

/** Places of a synthesized stack that hold a secret's value, as `path: what`. */
export function secretsIn(stack: unknown, path: readonly string[] = []): string[] {
  const here = path.join('.');
  if (typeof stack === 'string') {
    return SECRET_VALUES.filter((pattern) => pattern.test(stack)).map((pattern) => `${here}: matches ${pattern}`);
  }
  if (!stack || typeof stack !== 'object') return [];
  return Object.entries(stack).flatMap(([key, value]) => [
    ...(isType(path) && SECRET_TYPES.test(key) ? [`${[...path, key].join('.')}: a resource that holds a value`] : []),
    ...(SECRET_KEYS.test(key) ? [`${[...path, key].join('.')}: an argument that holds a value`] : []),
    ...secretsIn(value, [...path, key]),
  ]);
}

const isType = (path: readonly string[]) => path.length === 1 && (path[0] === 'resource' || path[0] === 'data');
