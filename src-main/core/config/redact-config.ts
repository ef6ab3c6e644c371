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
  return node.format === 'url' ? hidePassword(String(value)) : SECRET;
}
