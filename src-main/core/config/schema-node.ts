import { ConfigSchema } from './config-schema.ts';

/** An entry of the configuration schema as the code that walks it sees it: JSON Schema and our own words. */
export interface SchemaNode {
  type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  enum?: string[];
  properties?: Record<string, SchemaNode>;
  required?: string[];
  items?: SchemaNode;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  format?: 'socket-address' | 'http-url' | 'url';
  description?: string;
  unit?: string;
  env?: string;
  defaultText?: string;
  example?: unknown;
  /** `password`: of a URL only the password in it is secret. */
  isSecret?: boolean | 'password';
}

/** The whole configuration, to walk. */
export const CONFIG_ROOT = ConfigSchema as SchemaNode;

/** A table of the file, as opposed to a value. */
export function isTableNode(node: SchemaNode): boolean {
  return node.type === 'object';
}

/** A list of tables, written `[[name]]`, as opposed to a list of texts. */
export function isTableListNode(node: SchemaNode): boolean {
  return node.type === 'array' && node.items?.type === 'object';
}

/** Whether the key may be absent and then has no value at all. */
export function isOptionalKey(parent: SchemaNode, key: string): boolean {
  return !(parent.required ?? []).includes(key);
}

/** Whether a value is a table of the parsed file (no list, no date). */
export function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** `a.b`, or `b` at the top. */
export function joinPath(parent: string, key: string): string {
  return parent === '' ? key : `${parent}.${key}`;
}
