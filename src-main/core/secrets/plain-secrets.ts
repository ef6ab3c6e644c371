import { constants } from 'node:fs';
import { access, chmod, chown, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'smol-toml';
import { AppError, errorCode } from '../base/errors.ts';
import { readConfigFile } from '../config/config.ts';
import { CONFIG_ROOT, isTable, type SchemaNode } from '../config/schema-node.ts';
import { eachSecret, findReferences } from '../config/secret-references.ts';
import { findTextValues } from '../config/toml-values.ts';
import type { SecretStore } from './secret-store.ts';

/** A secret that stands in liveman.toml as it is. */
export interface PlainSecret {
  /** `nodes[1].token`. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** The name it would be stored under. */
  readonly name: string;
}

/** A secret that liveman.toml only names. */
export interface NamedSecret {
  readonly path: string;
  readonly line: number | null;
  readonly kind: 'keychain' | 'env';
  readonly name: string;
}

export interface FileSecrets {
  readonly plain: readonly PlainSecret[];
  readonly named: readonly NamedSecret[];
  /** Why the file cannot be changed by us, and what to do; null where it can. */
  readonly whyReadOnly: string | null;
}

/** The secrets of liveman.toml: where they are, and moving them out. Values leave this class for the store alone. */
export class PlainSecrets {
  #moving: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly path: string,
    private readonly store: SecretStore,
  ) {}

  /** Reads the file anew. Throws bad_request where it is gone or no TOML any more, and errors of the store. */
  async list(): Promise<FileSecrets> {
    const { table, text } = this.#read();
    const spans = findTextValues(text);
    const taken = new Set(await this.store.list().catch(() => []));
    const plain = plainPaths(table).flatMap((path): PlainSecret[] => {
      const span = spans.get(path);
      return span ? [{ path, line: span.line, name: freeName(nameFor(path, table), taken) }] : [];
    });
    const named = findReferences(CONFIG_ROOT, table).map(({ kind, name, path }) => ({
      path,
      line: spans.get(path)?.line ?? null,
      kind,
      name,
    }));
    return { plain, named, whyReadOnly: await this.#whyReadOnly() };
  }

  /**
   * Stores the secrets at `paths` and puts `keychain:NAME` in their places; nothing else in the file changes.
   *
   * Either all of it happens or nothing: when the file cannot be written, or somebody changed it meanwhile, what
   * was stored is taken back. Throws `conflict` then, `not_found` for a path that holds no plain secret any more,
   * and errors of the store.
   */
  move(paths: readonly string[]): Promise<PlainSecret[]> {
    const result = this.#moving.then(() => this.#move(paths));
    this.#moving = result.catch(() => {});
    return result;
  }

  async #move(paths: readonly string[]): Promise<PlainSecret[]> {
    const { plain, whyReadOnly } = await this.list();
    if (whyReadOnly !== null) throw new AppError('conflict', whyReadOnly);
    const chosen = paths.map((path) => {
      const found = plain.find((secret) => secret.path === path);
      if (found) return found;
      throw new AppError('not_found', `${path} holds no plain secret any more. Look at the list again.`);
    });
    const { table, text } = this.#read();
    const values = valuesAt(table, chosen);
    const after = rewrite(text, chosen);
    const stored: string[] = [];
    try {
      for (const [name, value] of values) {
        stored.push(name);
        await this.store.set(name, value);
        const reading = await this.store.get(name);
        if (reading.kind !== 'found' || reading.value !== value) {
          throw new AppError('secrets_unavailable', `${this.store.name} does not give back what was stored.`);
        }
      }
      await this.#replace(text, after);
    } catch (error) {
      for (const name of stored) await this.store.delete(name).catch(() => {});
      throw error;
    }
    return chosen;
  }

  #read() {
    return readConfigFile({ path: this.path, cwd: dirname(this.path) });
  }

  async #whyReadOnly(): Promise<string | null> {
    const file = await realpath(this.path);
    try {
      await access(file, constants.W_OK);
      await access(dirname(file), constants.W_OK);
      return null;
    } catch (error) {
      return (
        `${file} cannot be changed by this program (${errorCode(error)}). Store each secret with "liveman secret set ` +
        'NAME" and write "keychain:NAME" into the file by hand.'
      );
    }
  }

  /** Puts the new file in place of the old one, which is not kept: it holds the secrets. */
  async #replace(before: string, after: string): Promise<void> {
    // A link stays a link to the same file.
    const file = await realpath(this.path);
    const draft = `${file}.new`;
    try {
      const { gid, mode, uid } = await stat(file);
      const handle = await open(draft, 'w', 0o600);
      try {
        await handle.writeFile(after);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await chmod(draft, mode & 0o777);
      // Only root may give a file away; others own it already.
      if (process.getuid?.() === 0) await chown(draft, uid, gid);
      if ((await readFile(file, 'utf8')) !== before) {
        throw new AppError(
          'conflict',
          `${file} was changed by somebody else just now. Nothing was moved; try again.`,
        );
      }
      await rename(draft, file);
    } catch (error) {
      await rm(draft, { force: true });
      if (error instanceof AppError) throw error;
      const message = `${file} cannot be written (${errorCode(error)}). Nothing was moved.`;
      throw new AppError('conflict', message, { cause: error });
    }
  }
}

/** Paths of texts that are secret and not only named. */
function plainPaths(table: Record<string, unknown>): string[] {
  const named = new Set(findReferences(CONFIG_ROOT, table).map(({ path }) => path));
  const paths: string[] = [];
  eachSecret(CONFIG_ROOT, table, '', (path, value, _, node) => {
    if (!named.has(path) && isPlain(value, node)) paths.push(path);
  });
  return paths;
}

/** Of most URLs only a password in it is secret; a hashed password is none any more. */
function isPlain(value: string, { isSecret }: SchemaNode): boolean {
  if (value === '' || /^\$(scrypt|argon2)/.test(value)) return false;
  return isSecret !== 'password' || /:\/\/[^/?#]*:[^/?#]*@|[?&]\w*password=/i.test(value);
}

/** `nodes[1].token` of the node edge-1: `node-edge-1-token`. */
function nameFor(path: string, table: Record<string, unknown>): string {
  const words = path.split('.').map((part) => {
    const [, key = part, index] = /^(.*?)(?:\[(\d+)\])?$/.exec(part) ?? [];
    if (index === undefined) return key;
    const list = part === path.split('.')[0] ? table[key] : undefined;
    const item = Array.isArray(list) ? list[Number(index)] : undefined;
    const label = isTable(item) ? (item.alias ?? item.name) : undefined;
    return `${key.replace(/s$/, '')}-${typeof label === 'string' && label !== '' ? label : Number(index) + 1}`;
  });
  const name = words.join('-').replace(/[^A-Za-z0-9._-]+/g, '-');
  return name.slice(0, 90);
}

/** The name, or with a number where it is taken; it is taken from then on. */
function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let count = 2; taken.has(name); count += 1) name = `${wanted}-${count}`;
  taken.add(name);
  return name;
}

function valuesAt(table: Record<string, unknown>, chosen: readonly PlainSecret[]): [string, string][] {
  const values: [string, string][] = [];
  eachSecret(CONFIG_ROOT, table, '', (path, value) => {
    const secret = chosen.find((each) => each.path === path);
    if (secret) values.push([secret.name, value]);
  });
  return values;
}

/** The file with references in place of secrets; made sure of by reading it again. */
function rewrite(text: string, chosen: readonly PlainSecret[]): string {
  const spans = findTextValues(text);
  const edits = chosen
    .flatMap(({ name, path }) => {
      const span = spans.get(path);
      return span ? [{ ...span, name }] : [];
    })
    .sort((a, b) => b.start - a.start);
  let after = text;
  for (const { end, name, start } of edits) {
    after = `${after.slice(0, start)}"keychain:${name}"${after.slice(end)}`;
  }
  const wanted = parse(text, { unsafeKeyBehaviour: 'throw' });
  eachSecret(CONFIG_ROOT, wanted, '', (path, _, set) => {
    const secret = chosen.find((each) => each.path === path);
    if (secret) set(`keychain:${secret.name}`);
  });
  if (isDeepStrictEqual(parsedOrNull(after), wanted)) return after;
  throw new AppError(
    'conflict',
    'The file is written in a way that cannot be changed safely. Store the secrets with "liveman secret set NAME" and ' +
      'write "keychain:NAME" by hand.',
  );
}

function parsedOrNull(text: string): unknown {
  try {
    return parse(text, { unsafeKeyBehaviour: 'throw' });
  } catch {
    return null;
  }
}
