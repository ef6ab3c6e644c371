import { existsSync } from 'node:fs';
import { AppError } from '../base/errors.ts';
import type { KeychainLoad, LoadKeychain } from './keychain.ts';
import { KeychainStore } from './keychain-store.ts';
import { moveSecrets } from './move-secrets.ts';
import { NoKeychainStore } from './no-keychain-store.ts';
import { SealedFileStore } from './sealed-file-store.ts';
import type { SecretPlace, SecretReading, SecretStore } from './secret-store.ts';
import { type StoreKind, StoreRecordFile } from './store-record.ts';

export interface SecretKeeperOptions {
  /** The data folder. */
  readonly folder: string;
  /** `secrets.store` of liveman.toml. */
  readonly wanted: 'auto' | StoreKind;
  /** Pass phrase of the sealed file (LIVEMAN_SECRET_KEY). */
  readonly phrase?: string | undefined;
  /** Somebody sits before this computer and can unlock the keychain. */
  readonly isDesktop: boolean;
  /** Without it there is no keychain: tests and programs that must not touch the one of the user. */
  readonly loadKeychain?: LoadKeychain | undefined;
}

/** Where secrets are and how that place is, for status and settings. */
export interface SecretKeeperState {
  readonly kind: StoreKind;
  /** For sentences: `the keychain`, or the path of the file. */
  readonly name: string;
  /** Whether liveman.toml says so, and not we. */
  readonly isConfigured: boolean;
  /** Why secrets cannot be read or stored now, with the remedy; null when they can. */
  readonly problem: string | null;
  /** Why there is no keychain here; null where there is one. */
  readonly noKeychain: string | null;
  /** What the sealed file is opened with. */
  readonly fileKey: 'phrase' | 'key-file';
}

/**
 * The secret store of a data folder: the keychain or the sealed file.
 *
 * What the configuration says counts; else the place used so far; else the keychain where there is one and no pass
 * phrase is given. The place is settled when the first secret is stored.
 */
export class SecretKeeper implements SecretStore {
  readonly #record: StoreRecordFile;
  readonly #file: SealedFileStore;
  readonly #keychain: SecretPlace;
  /** The place of the last call, for messages. */
  #last: SecretPlace;
  readonly #noKeychain: string | null;
  #changing: Promise<unknown> = Promise.resolve();
  /** Why secrets are not where the configuration wants them. */
  #moveProblem: string | null = null;
  readonly #listeners = new Set<() => void>();

  private constructor(
    private readonly options: SecretKeeperOptions,
    load: KeychainLoad,
  ) {
    this.#record = new StoreRecordFile(options.folder);
    this.#file = new SealedFileStore({ folder: options.folder, phrase: options.phrase });
    this.#noKeychain = load.kind === 'ready' ? null : load.reason;
    this.#keychain =
      load.kind === 'ready'
        ? new KeychainStore(load.api, this.#record)
        : new NoKeychainStore(load.reason, this.#record);
    this.#last = this.#file;
  }

  /** Opens the store of a data folder, and moves its secrets when the configuration names another place now. */
  static async open(options: SecretKeeperOptions): Promise<SecretKeeper> {
    const none: KeychainLoad = { kind: 'missing', reason: 'No keychain is used by this program.' };
    const keeper = new SecretKeeper(options, (await options.loadKeychain?.()) ?? none);
    const { wanted } = options;
    try {
      const used = await keeper.#usedKind();
      if (wanted !== 'auto' && used !== null) await keeper.moveTo(wanted);
      else await keeper.#current();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      keeper.#moveProblem =
        wanted === 'auto'
          ? error.message
          : `secrets.store is "${wanted}", but the secrets cannot be moved there. ${error.message}`;
    }
    return keeper;
  }

  get name(): string {
    return this.#last.name;
  }

  async get(name: string): Promise<SecretReading> {
    try {
      return await (await this.#current()).get(name);
    } catch (error) {
      if (error instanceof AppError) return { kind: 'unavailable', reason: error.message };
      throw error;
    }
  }

  async list(): Promise<string[]> {
    return (await this.#current()).list();
  }

  set(name: string, value: string): Promise<void> {
    return this.#serial(async () => {
      await this.#settle();
      await (await this.#current()).set(name, value);
    }).finally(() => this.#tell());
  }

  delete(name: string): Promise<boolean> {
    return this.#serial(async () => (await this.#current()).delete(name)).finally(() => this.#tell());
  }

  /** Calls `listener` after each change that was tried here. Returns how to stop it. */
  onDidChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Moves all secrets to the other place; when that fails all stay where they were. Throws as `set` does. */
  moveTo(kind: StoreKind): Promise<void> {
    return this.#serial(async () => {
      const from = await this.#current();
      const to = kind === 'keychain' ? this.#keychain : this.#file;
      if (from !== to) {
        await to.prepare();
        await moveSecrets(from, to, () => this.#record.change((record) => ({ ...record, store: kind })));
        await from.leave().catch(() => {});
      }
      this.#moveProblem = null;
    }).finally(() => this.#tell());
  }

  /** Looks at the store; may take as long as a question for its password. */
  async state(): Promise<SecretKeeperState> {
    const { phrase, wanted } = this.options;
    const store = await this.#current();
    const reading = await store.get('liveman-check');
    const isUsable = reading.kind === 'found' || reading.kind === 'absent';
    return {
      kind: store === this.#file ? 'file' : 'keychain',
      name: store.name,
      isConfigured: wanted !== 'auto',
      problem: isUsable ? this.#moveProblem : reading.reason,
      noKeychain: this.#noKeychain,
      fileKey: phrase ? 'phrase' : 'key-file',
    };
  }

  async #current(): Promise<SecretPlace> {
    this.#last = (await this.#kind()) === 'keychain' ? this.#keychain : this.#file;
    return this.#last;
  }

  async #kind(): Promise<StoreKind> {
    const used = await this.#usedKind();
    if (used !== null) return used;
    const { phrase, wanted } = this.options;
    if (wanted !== 'auto') return wanted;
    return this.#noKeychain === null && !phrase ? 'keychain' : 'file';
  }

  /** Where secrets have been put already; folders of older versions have no record. */
  async #usedKind(): Promise<StoreKind | null> {
    const { store } = await this.#record.read();
    return store ?? (existsSync(this.#file.name) ? 'file' : null);
  }

  /** Before the first secret: tries the keychain, and falls back to the file where nobody could unlock it. */
  async #settle(): Promise<void> {
    if ((await this.#record.read()).store !== null) return;
    let kind = await this.#kind();
    if (kind === 'keychain') {
      const { isDesktop, wanted } = this.options;
      await this.#keychain.prepare().catch((error: unknown) => {
        if (isDesktop || wanted === 'keychain') throw error;
        kind = 'file';
      });
    }
    await this.#record.change((record) => ({ ...record, store: kind }));
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #serial<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#changing.then(change);
    this.#changing = result.catch(() => {});
    return result;
  }
}
