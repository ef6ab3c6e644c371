import type { Config } from './config-schema.ts';
import { hidePassword, shownUrl } from './normalize-config.ts';
import { CONFIG_ROOT, isTable, type SchemaNode } from './schema-node.ts';
import { isReference } from './secret-references.ts';

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
    // Of a key that nobody knows nobody can say whether it is secret.
    const known = Object.entries(value).filter(
      ([key]) => node.properties && Object.hasOwn(node.properties, key),
    );
    const entries = known
      .map(([key, child]) => [key, strip(node.properties?.[key] ?? {}, child)] as const)
      .filter(([, child]) => child !== undefined);
    return Object.fromEntries(entries);
  }
  if (isReference(value)) return value;
  if (typeof value !== 'string') return node.isSecret ? undefined : value;
  if (node.isSecret === true) return value === '' ? value : undefined;
  return withoutPasswords(value, node);
}

/** Of any URL, as of a TURN server too; of one of http without what follows the path. */
function withoutPasswords(text: string, { format }: SchemaNode): string {
  const url = format === 'http-url' ? shownUrl(text) : hidePassword(text);
  return url.replace(/^((?:stun|turn)s?:)[^@]*@/i, '$1');
}
