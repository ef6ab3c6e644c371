import { AppError, errorMessage } from '../base/errors.ts';
import type { KeychainApi } from './keychain.ts';
import { type SecretPlace, type SecretReading, secretError } from './secret-store.ts';
import type { StoreRecordFile } from './store-record.ts';

type Failure = { readonly kind: 'locked' | 'unavailable'; readonly reason: string };

/**
 * An entry that is written before the first secret. A keychain answers the same for an entry that is not there and
 * for a locked keyring, so that this one tells them apart: once written, its absence means locked (or another one).
 */
const SENTINEL = 'liveman';
const SENTINEL_VALUE = 'This computer keeps secrets of Liveman here.';
/** So long somebody may be asked for the password of the keychain. */
const PROMPT_LIMIT_MS = 20_000;

export const LOCKED_REASON =
  'The keychain is locked, or it is another one than before. Unlock it (log in to the desktop, or open the ' +
  'password manager of the system); it is tried again every few seconds.';

/**
 * Secrets in the keychain of the operating system: macOS Keychain, Windows Credential Manager, Secret Service.
 *
 * Calls are made one at a time: each holds a thread of Node's pool while the system asks for a password. While one
 * hangs, others answer `locked` at once and the hanging one is let go on.
 */
export class KeychainStore implements SecretPlace {
  readonly name = 'the keychain';
  #calling: Promise<unknown> = Promise.resolve();
  #isHanging = false;

  constructor(
    private readonly api: KeychainApi,
    private readonly record: StoreRecordFile,
    private readonly promptLimitMs = PROMPT_LIMIT_MS,
  ) {}

  async get(name: string): Promise<SecretReading> {
    try {
      const { service, store } = await this.record.read();
      const value = await this.#call(() => this.api.getPassword(service, name));
      if (value !== null) return { kind: 'found', value };
      if (store !== 'keychain' || (await this.#isOpen(service))) return { kind: 'absent' };
      return { kind: 'locked', reason: LOCKED_REASON };
    } catch (error) {
      return failureOf(error);
    }
  }

  /** Whether secrets can be stored now; the first time this leaves our own entry there. Throws as `set` does. */
  async prepare(): Promise<void> {
    const { service, store } = await this.record.read();
    if (await this.#tryTo(() => this.#isOpen(service))) return;
    if (store === 'keychain') throw secretError({ kind: 'locked', reason: LOCKED_REASON });
    await this.#write(service, SENTINEL, SENTINEL_VALUE);
  }

  async set(name: string, value: string): Promise<void> {
    await this.prepare();
    const { service } = await this.record.read();
    // First the name: one without a secret does no harm, a secret without its name would be left behind.
    await this.record.change((before) => withName(before, name));
    await this.#write(service, name, value);
  }

  async delete(name: string): Promise<boolean> {
    const { names, service } = await this.record.read();
    // A locked keyring answers "there was none" too.
    if (!(await this.#tryTo(() => this.#isOpen(service)))) {
      if (!names.includes(name)) return false;
      throw secretError({ kind: 'locked', reason: LOCKED_REASON });
    }
    const wasThere = await this.#tryTo(() => this.#call(() => this.api.deletePassword(service, name)));
    await this.record.change((before) =>
      before.names.includes(name)
        ? { ...before, names: before.names.filter((known) => known !== name) }
        : before,
    );
    return wasThere;
  }

  async list(): Promise<string[]> {
    return [...(await this.record.read()).names];
  }

  /** Takes our own entry out, once nothing is kept here any more. */
  async leave(): Promise<void> {
    const { service } = await this.record.read();
    await this.#tryTo(() => this.#call(() => this.api.deletePassword(service, SENTINEL)));
  }

  async #isOpen(service: string): Promise<boolean> {
    return (await this.#call(() => this.api.getPassword(service, SENTINEL))) !== null;
  }

  /** Writes and reads back: what is said to be stored is stored. */
  async #write(service: string, account: string, value: string): Promise<void> {
    await this.#tryTo(() => this.#call(() => this.api.setPassword(service, account, value)));
    if ((await this.#tryTo(() => this.#call(() => this.api.getPassword(service, account)))) === value) return;
    const reason =
      'The keychain took a secret but does not give it back. Check it, or set secrets.store = "file".';
    throw secretError({ kind: 'unavailable', reason });
  }

  async #tryTo<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof AppError ? error : secretError(failureOf(error));
    }
  }

  async #call<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isHanging) throw new PromptError();
    const call = this.#calling.then(work);
    this.#calling = call.catch(() => {});
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#isHanging = true;
        void this.#calling.then(() => {
          this.#isHanging = false;
        });
        reject(new PromptError());
      }, this.promptLimitMs);
    });
    return Promise.race([call, limit]).finally(() => clearTimeout(timer));
  }
}

class PromptError extends Error {}

function withName<T extends { readonly names: readonly string[] }>(record: T, name: string): T {
  return record.names.includes(name) ? record : { ...record, names: [...record.names, name].sort() };
}

function failureOf(error: unknown): Failure {
  if (error instanceof AppError) return { kind: 'unavailable', reason: error.message };
  if (error instanceof PromptError) {
    const reason = 'The keychain asks for its password. Answer it on the screen of this computer.';
    return { kind: 'locked', reason };
  }
  const message = errorMessage(error);
  if (/locked|denied|cancel|dismissed|not allowed/i.test(message))
    return { kind: 'locked', reason: LOCKED_REASON };
  if (/not provided by any|session .* does not exist|connection is closed/i.test(message)) {
    const reason = 'The keychain was started anew while Liveman ran. Start Liveman again to use it.';
    return { kind: 'unavailable', reason };
  }
  if (/D-?Bus|autolaunch|Could not connect/i.test(message)) {
    const reason =
      'The Secret Service of the desktop session cannot be reached. Start Liveman inside that session.';
    return { kind: 'unavailable', reason };
  }
  return { kind: 'unavailable', reason: `The keychain fails: ${message.split('\n')[0]}` };
}
