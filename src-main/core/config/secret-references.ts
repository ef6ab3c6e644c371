import { isTable, joinPath, type SchemaNode } from './schema-node.ts';
import type { SecretReading } from './secret-reading.ts';

/** A secret that the file names instead of holding it: `keychain:NAME` or `env:NAME`. */
export interface SecretReference {
  /** `nodes[1].token`. */
  readonly path: string;
  readonly kind: 'keychain' | 'env';
  readonly name: string;
  /** Puts the value where the reference stands. */
  set(value: string): void;
}

const REFERENCE = /^(keychain|env):([A-Za-z0-9._-]{1,100})$/;
/** Names that may be given to stored secrets; those of the program's own have a slash. */
const SECRET_NAME = /^[A-Za-z0-9._-]{1,100}$/;
/** Begins what stands for a secret that cannot be read. No header and no URL takes it, so it is never sent. */
const UNREADABLE_MARK = '\0unreadable secret: ';

/** What somebody wrote who meant a reference; no secret and no URL begins so. */
const MEANT_REFERENCE = /^\s*(keychain|env)\s*:/i;

/** `keychain:NAME` and `env:NAME` say where a secret is, not what it is. */
export function isReference(value: unknown): boolean {
  return typeof value === 'string' && REFERENCE.test(value);
}

/** Keys at which a reference is meant and cannot be one: the text itself would be the secret, which anybody guesses. */
export function findMistakenReferences(root: SchemaNode, table: Record<string, unknown>): string[] {
  const paths: string[] = [];
  eachSecret(root, table, '', (path, value) => {
    if (MEANT_REFERENCE.test(value) && !REFERENCE.test(value)) paths.push(path);
  });
  return paths;
}

/** Whether a secret may be stored under this name. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** All references at keys that the schema marks as secret, in the order of the schema. */
export function findReferences(root: SchemaNode, table: Record<string, unknown>): SecretReference[] {
  const found: SecretReference[] = [];
  eachSecret(root, table, '', (path, value, set) => {
    const match = REFERENCE.exec(value);
    if (match?.[2]) found.push({ path, kind: match[1] as 'keychain' | 'env', name: match[2], set });
  });
  return found;
}

/** Called with a text, how to put another one there, and the entry of the schema. */
type VisitSecret = (path: string, value: string, set: (value: string) => void, node: SchemaNode) => void;

/** Calls `visit` with every text at a key that the schema marks as secret. */
export function eachSecret(
  node: SchemaNode,
  table: Record<string, unknown>,
  path: string,
  visit: VisitSecret,
): void {
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    const value = table[key];
    const place = joinPath(path, key);
    const set = (next: string) => {
      table[key] = next;
    };
    if (typeof value === 'string' && child.isSecret) visit(place, value, set, child);
    else if (isTable(value)) eachSecret(child, value, place, visit);
    else if (Array.isArray(value)) eachSecretOfList(child, value, place, visit);
  }
}

function eachSecretOfList(node: SchemaNode, list: unknown[], path: string, visit: VisitSecret): void {
  for (const [index, item] of list.entries()) {
    const place = `${path}[${index}]`;
    if (isTable(item)) eachSecret(node.items ?? {}, item, place, visit);
    else if (typeof item === 'string' && (node.isSecret || node.items?.isSecret)) {
      const set = (next: string) => {
        list[index] = next;
      };
      visit(place, item, set, node);
    }
  }
}

/** Without these nobody may get in, or nothing works: the program does not start until they can be read. */
export function isNeededSecret(path: string): boolean {
  return path.startsWith('auth.') || isFromStart(path);
}

/** What is open already with these is not opened anew while the program runs. */
export function isFromStart(path: string): boolean {
  return path === 'database.url' || path === 'proxy.url';
}

/** Why a secret of the file has no value, and which one it is. */
export interface Unreadable {
  readonly kind: 'keychain' | 'env';
  readonly name: string;
  /** In words, with the remedy. */
  readonly reason: string;
}

/** What a part is given in place of a secret that cannot be read now; see `findUnreadable`. */
export function unreadableSecret({ kind, name, reason }: Unreadable): string {
  return UNREADABLE_MARK + JSON.stringify({ kind, name, reason });
}

/** Why a secret cannot be read; null where it is a secret. */
export function findUnreadable(secret: string | undefined): Unreadable | null {
  if (!secret?.startsWith(UNREADABLE_MARK)) return null;
  return JSON.parse(secret.slice(UNREADABLE_MARK.length)) as Unreadable;
}

/** Why a reference has no value, with the remedy. */
export function whyUnreadable(
  { kind, name }: Pick<SecretReference, 'kind' | 'name'>,
  reading: Exclude<SecretReading, { kind: 'found' }>,
): string {
  if (kind === 'env') return `The environment variable ${name} is not set. Set it and start Liveman again.`;
  if (reading.kind === 'absent') {
    return `There is no secret ${name}. Store it with: liveman secret set ${name}`;
  }
  return `The secret ${name} cannot be read. ${reading.reason}`;
}
