import { nearestWord } from './nearest-word.ts';
import { isOptionalKey, isTable, isTableListNode, joinPath, type SchemaNode } from './schema-node.ts';
import { findUnreadable } from './secret-references.ts';
import { parseSocketAddress } from './socket-address.ts';

/** What is wrong with a value of the file. */
export interface ConfigProblem {
  /** `nodes[1].url`. */
  path: string;
  /** What may stand there: `a whole number from 1 to 255`. */
  expected: string;
  /** What stands there; of a secret only its kind. */
  found: string;
}

/** A key of the file that means nothing. */
export interface UnknownKey {
  path: string;
  /** The full path of the key that was probably meant. */
  suggestion: string | undefined;
}

export interface ReadResult {
  /** The value with defaults filled in; to be used only when there are no problems. */
  value: unknown;
  problems: ConfigProblem[];
  unknownKeys: UnknownKey[];
}

/** Checks parsed TOML against the schema and fills in the defaults. Pure; finds all problems at once. */
export function readBySchema(root: SchemaNode, parsed: Record<string, unknown>): ReadResult {
  const problems: ConfigProblem[] = [];
  const unknownKeys: UnknownKey[] = [];

  function read(node: SchemaNode, value: unknown, path: string): unknown {
    if (value === undefined)
      return node.type === 'object' ? readTable(node, {}, path) : structuredClone(node.default);
    const expected = mismatch(node, value);
    if (expected !== null) {
      problems.push({ path, expected, found: describe(value, isKeptSecret(node, value)) });
      return undefined;
    }
    if (node.type === 'object') return readTable(node, value as Record<string, unknown>, path);
    if (node.type === 'array') return readList(node, value as unknown[], path);
    return value;
  }

  function readTable(
    node: SchemaNode,
    table: Record<string, unknown>,
    path: string,
  ): Record<string, unknown> {
    const properties = node.properties ?? {};
    const result: Record<string, unknown> = {};
    for (const [key, child] of Object.entries(properties)) {
      if (table[key] === undefined && isOptionalKey(node, key)) continue;
      result[key] = read(child, table[key], joinPath(path, key));
    }
    for (const key of Object.keys(table)) {
      if (Object.hasOwn(properties, key)) continue;
      unknownKeys.push({ path: joinPath(path, key), suggestion: suggest(root, node, path, key) });
    }
    return result;
  }

  function readList(node: SchemaNode, items: unknown[], path: string): unknown[] {
    const child = { ...node.items, isSecret: node.isSecret ?? node.items?.isSecret };
    return items.map((item, index) => read(child, item, `${path}[${index}]`));
  }

  return { value: readTable(root, parsed, ''), problems, unknownKeys };
}

/** What the schema wants instead of `value`, or `null` when the value is good. Lists are looked into by the caller. */
function mismatch(node: SchemaNode, value: unknown): string | null {
  if (node.enum)
    return node.enum.some((word) => word === value) ? null : `one of ${node.enum.map(quote).join(', ')}`;
  switch (node.type) {
    case 'object':
      return isTable(value) ? null : 'a table';
    case 'array':
      if (Array.isArray(value)) return null;
      return isTableListNode(node) ? 'a list of tables, each begun with double brackets' : 'a list of texts';
    case 'boolean':
      return typeof value === 'boolean' ? null : 'true or false';
    case 'integer': {
      const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER, unit } = node;
      const isGood = Number.isSafeInteger(value) && Number(value) >= minimum && Number(value) <= maximum;
      if (isGood) return null;
      const range =
        maximum === Number.MAX_SAFE_INTEGER ? `from ${minimum} up` : `from ${minimum} to ${maximum}`;
      return `a whole number ${range}${unit ? ` (${unit})` : ''}`;
    }
    default:
      return typeof value === 'string' ? formatMismatch(node, value) : 'a text in quotation marks';
  }
}

function formatMismatch(node: SchemaNode, value: string): string | null {
  if (findUnreadable(value)) return null;
  if (node.format === 'socket-address') {
    return parseSocketAddress(value) ? null : 'an address and port, like "127.0.0.1:8888"';
  }
  if (node.format === 'http-url' && value !== '') {
    const isGood = URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
    return isGood ? null : 'a URL that begins with http:// or https://';
  }
  return null;
}

/** Of a URL only a password is secret, which stands before an @ if there is one. */
function isKeptSecret({ isSecret }: SchemaNode, value: unknown): boolean {
  return isSecret === 'password' ? String(value).includes('@') : isSecret === true;
}

/** A value in words, with its kind where that may be the mistake. */
export function describe(value: unknown, isSecret: boolean): string {
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Date) return 'a date';
  if (typeof value === 'string') return isSecret ? 'a text' : `the text ${quote(value)}`;
  if (typeof value === 'number') return isSecret ? 'a number' : `the number ${value}`;
  if (typeof value === 'boolean') return String(value);
  return 'a table';
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}

/** A key of the same table with a near name, else the same key in another table. */
function suggest(root: SchemaNode, table: SchemaNode, path: string, key: string): string | undefined {
  const near = nearestWord(key, Object.keys(table.properties ?? {}));
  if (near) return joinPath(path, near);
  for (const [section, node] of Object.entries(root.properties ?? {})) {
    if (node.properties && Object.hasOwn(node.properties, key)) return joinPath(section, key);
  }
  return undefined;
}
