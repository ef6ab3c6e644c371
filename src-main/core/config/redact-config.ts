import type { Config } from './config-schema.ts';
import { hidePassword } from './normalize-config.ts';
import { CONFIG_ROOT, isTable, type SchemaNode } from './schema-node.ts';

const SECRET = '[secret]';

/** A copy of the settings that may be logged or shown: what the schema marks as secret is covered. */
export function redactConfig(config: Config): Config {
  return redact(CONFIG_ROOT, config) as Config;
}

function redact(node: SchemaNode, value: unknown): unknown {
  if (Array.isArray(value)) {
    if (node.isSecret) return value.map(() => SECRET);
    return value.map((item) => redact(node.items ?? {}, item));
  }
  if (isTable(value)) {
    const entries = Object.entries(value).map(([key, child]) => [
      key,
      redact(node.properties?.[key] ?? {}, child),
    ]);
    return Object.fromEntries(entries);
  }
  if (!node.isSecret || value === '' || value === undefined) return value;
  return node.isSecret === 'password' ? hidePassword(String(value)) : SECRET;
}

/** A copy of a file's table without what the schema marks as secret, except where it is only named. */
export function withoutSecrets(table: Record<string, unknown>): Record<string, unknown> {
  return strip(CONFIG_ROOT, table) as Record<string, unknown>;
}

function strip(node: SchemaNode, value: unknown): unknown {
  if (Array.isArray(value)) {
    if (node.isSecret) return value.filter(isReference);
    return value.map((item) => strip(node.items ?? {}, item)).filter((item) => item !== undefined);
  }
  if (isTable(value)) {
    const entries = Object.entries(value)
      .map(([key, child]) => [key, strip(node.properties?.[key] ?? {}, child)] as const)
      .filter(([, child]) => child !== undefined);
    return Object.fromEntries(entries);
  }
  if (!node.isSecret || value === '' || isReference(value)) return value;
  return node.isSecret === 'password' ? hidePassword(String(value)) : undefined;
}

/** `keychain:NAME` and `env:NAME` say where a secret is, not what it is. */
function isReference(value: unknown): boolean {
  return typeof value === 'string' && /^(keychain|env):./.test(value);
}
