import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError, errorCode } from '../base/errors.ts';
import { withFileLock } from '../base/file-lock.ts';
import { replaceFile } from './replace-file.ts';

export type StoreKind = 'keychain' | 'file';

/**
 * What the data folder remembers of its secrets: where they are and, as a keychain cannot be listed safely, their
 * names. It holds no secret.
 */
export interface StoreRecord {
  /** Null until the first secret is stored. */
  readonly store: StoreKind | null;
  /** Name of our entries in the keychain; it moves along with the folder. */
  readonly service: string;
  /** Of secrets in the keychain, sorted. */
  readonly names: readonly string[];
}

const FORMAT = 'liveman-secret-store-1';

/** Reads and writes `secrets.json` of a data folder; each change reads it anew, as the command line writes too. */
export class StoreRecordFile {
  readonly #path: string;
  readonly #service: string;
  #changing: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    this.#path = join(folder, 'secrets.json');
    const id = createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 8);
    this.#service = `Liveman Desktop ${id}`;
  }

  /** Throws secrets_unavailable where the file is there but cannot be read. */
  async read(): Promise<StoreRecord> {
    const text = await readFile(this.#path, 'utf8').catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return null;
      throw unusable(this.#path, `cannot be read (${errorCode(error)}).`);
    });
    if (text === null) return { store: null, service: this.#service, names: [] };
    const record = parseRecord(text);
    if (record) return record;
    throw unusable(this.#path, 'is damaged. Put a copy back, or delete it and enter the secrets again.');
  }

  /** Changes are made one after another, those of other processes too; the same record means no change. */
  change(apply: (record: StoreRecord) => StoreRecord): Promise<void> {
    const locked = () => withFileLock(this.#path, () => this.#changeOnce(apply));
    const change = this.#changing.then(locked).catch((error: unknown) => {
      if (errorCode(error) === undefined || error instanceof AppError) throw error;
      throw unusable(this.#path, `cannot be written (${errorCode(error)}). Check the folder and the disk.`);
    });
    this.#changing = change.catch(() => {});
    return change;
  }

  async #changeOnce(apply: (record: StoreRecord) => StoreRecord): Promise<void> {
    const before = await this.read();
    const after = apply(before);
    if (after === before) return;
    await replaceFile(this.#path, `${JSON.stringify({ format: FORMAT, ...after }, null, 2)}\n`);
  }
}

function parseRecord(text: string): StoreRecord | null {
  try {
    const { format, store, service, names } = JSON.parse(text) as Record<string, unknown>;
    const isKind = store === null || store === 'keychain' || store === 'file';
    if (format !== FORMAT || !isKind || typeof service !== 'string' || !Array.isArray(names)) return null;
    return { store, service, names: names.filter((name) => typeof name === 'string') };
  } catch {
    return null;
  }
}

function unusable(path: string, what: string): AppError {
  return new AppError('secrets_unavailable', `${path} ${what}`);
}
