import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, errorCode } from '../base/errors.ts';
import { withFileLock } from '../base/file-lock.ts';
import { makeKeyFile, readKeyFile } from './key-file.ts';
import { replaceFile } from './replace-file.ts';
import { isSealedText, keyFromPhrase, type SealedText, seal, unseal } from './sealing.ts';
import { type SecretPlace, type SecretReading, secretError } from './secret-store.ts';

export interface SealedFileStoreOptions {
  /** Folder that holds `secrets.sealed` and `secrets.key`. */
  readonly folder: string;
  /** Pass phrase (LIVEMAN_SECRET_KEY); without it the key file is used, and made when there is none. */
  readonly phrase?: string | undefined;
}

type Failure = { readonly kind: 'locked' | 'unavailable'; readonly reason: string };
type Opened =
  | { readonly kind: 'open'; readonly secrets: Map<string, string>; readonly sealed: SealedText | null }
  | Failure;

/**
 * Secrets in one file, sealed with AES-256-GCM, for programs without a keychain.
 *
 * The file is read at each call, so that what another process or an operator changed counts, and written anew as a
 * whole: a crash leaves the old one. A file sealed with the key file is sealed with the phrase at the next write
 * once there is a phrase.
 */
export class SealedFileStore implements SecretPlace {
  readonly name: string;
  readonly #keyPath: string;
  #writing: Promise<unknown> = Promise.resolve();
  readonly #phraseKeys = new Map<string, Promise<Buffer>>();

  constructor(private readonly options: SealedFileStoreOptions) {
    this.name = join(options.folder, 'secrets.sealed');
    this.#keyPath = join(options.folder, 'secrets.key');
  }

  async get(name: string): Promise<SecretReading> {
    const opened = await this.#open();
    if (opened.kind !== 'open') return opened;
    const value = opened.secrets.get(name);
    return value === undefined ? { kind: 'absent' } : { kind: 'found', value };
  }

  async list(): Promise<string[]> {
    const opened = await this.#open();
    if (opened.kind !== 'open') throw secretError(opened);
    return [...opened.secrets.keys()].sort();
  }

  set(name: string, value: string): Promise<void> {
    return this.#change((secrets) => {
      secrets.set(name, value);
    });
  }

  delete(name: string): Promise<boolean> {
    return this.#change((secrets) => secrets.delete(name));
  }

  /** Throws where nothing can be stored now: the file is there and cannot be opened. */
  async prepare(): Promise<void> {
    const opened = await this.#open();
    if (opened.kind !== 'open') throw secretError(opened);
  }

  /** Takes the file away once nothing is kept in it any more; its key stays for the next one. */
  async leave(): Promise<void> {
    await rm(this.name, { force: true });
  }

  /** Changes are made one after another, those of other processes too. */
  #change<T>(apply: (secrets: Map<string, string>) => T): Promise<T> {
    const locked = () => withFileLock(this.name, () => this.#changeOnce(apply));
    const change = this.#writing.then(locked).catch((error: unknown) => {
      if (errorCode(error) === undefined || error instanceof AppError) throw error;
      const reason = `${this.name} cannot be written (${errorCode(error)}). Check the folder and the disk.`;
      throw secretError({ kind: 'unavailable', reason });
    });
    this.#writing = change.catch(() => {});
    return change;
  }

  async #changeOnce<T>(apply: (secrets: Map<string, string>) => T): Promise<T> {
    const opened = await this.#open();
    if (opened.kind !== 'open') throw secretError(opened);
    const result = apply(opened.secrets);
    if (result !== false) await this.#write(opened.secrets, opened.sealed);
    return result;
  }

  async #open(): Promise<Opened> {
    const sealed = await this.#readFile();
    if (sealed === null) return { kind: 'open', secrets: new Map(), sealed };
    if ('kind' in sealed) return sealed;
    const key = await this.#keyOf(sealed);
    if (!Buffer.isBuffer(key)) return key;
    const text = unseal(sealed, key);
    if (text === null) {
      const which = sealed.key === 'phrase' ? 'LIVEMAN_SECRET_KEY' : this.#keyPath;
      const reason = `${this.name} cannot be opened with ${which}. Put back the key it was sealed with.`;
      return { kind: 'locked', reason };
    }
    return {
      kind: 'open',
      secrets: new Map(Object.entries(JSON.parse(text) as Record<string, string>)),
      sealed,
    };
  }

  async #readFile(): Promise<SealedText | Failure | null> {
    try {
      const json: unknown = JSON.parse(await readFile(this.name, 'utf8'));
      if (isSealedText(json)) return json;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null;
      if (!(error instanceof SyntaxError)) {
        return { kind: 'unavailable', reason: `${this.name} cannot be read (${errorCode(error)}).` };
      }
    }
    const reason = `${this.name} is damaged. Put a copy back, or delete it and enter the tokens again.`;
    return { kind: 'unavailable', reason };
  }

  async #keyOf(sealed: SealedText): Promise<Buffer | Failure> {
    if (sealed.key === 'phrase') {
      if (this.options.phrase) return this.#phraseKey(this.options.phrase, sealed.salt);
      const reason = `${this.name} is sealed with a pass phrase. Set LIVEMAN_SECRET_KEY and start again.`;
      return { kind: 'locked', reason };
    }
    const reading = await readKeyFile(this.#keyPath);
    if (reading.kind === 'found') return reading.key;
    if (reading.kind !== 'absent') return { kind: reading.kind, reason: reading.reason };
    const reason = `The key file ${this.#keyPath} is gone. Put it back; without it stored tokens are lost.`;
    return { kind: 'locked', reason };
  }

  /** Deriving is slow on purpose, so each salt's key is made once. */
  #phraseKey(phrase: string, salt: string): Promise<Buffer> {
    const known = this.#phraseKeys.get(salt);
    if (known) return known;
    const key = keyFromPhrase(phrase, Buffer.from(salt, 'base64'));
    this.#phraseKeys.set(salt, key);
    return key;
  }

  async #write(secrets: ReadonlyMap<string, string>, before: SealedText | null): Promise<void> {
    const text = JSON.stringify(Object.fromEntries(secrets));
    await replaceFile(this.name, `${JSON.stringify(await this.#sealed(text, before))}\n`);
  }

  async #sealed(text: string, before: SealedText | null): Promise<SealedText> {
    const { phrase } = this.options;
    if (!phrase) return seal(text, await this.#fileKey(), 'file', Buffer.alloc(0));
    const salt = before?.key === 'phrase' ? Buffer.from(before.salt, 'base64') : randomBytes(16);
    return seal(text, await this.#phraseKey(phrase, salt.toString('base64')), 'phrase', salt);
  }

  async #fileKey(): Promise<Buffer> {
    const reading = await readKeyFile(this.#keyPath);
    if (reading.kind === 'found') return reading.key;
    if (reading.kind !== 'absent') throw secretError({ kind: reading.kind, reason: reading.reason });
    return makeKeyFile(this.#keyPath);
  }
}
