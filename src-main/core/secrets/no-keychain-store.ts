import { type SecretPlace, type SecretReading, secretError } from './secret-store.ts';
import type { StoreRecordFile } from './store-record.ts';

/** Stands for the keychain where there is none: what is in it is known by name and cannot be read. */
export class NoKeychainStore implements SecretPlace {
  readonly name = 'the keychain';

  constructor(
    private readonly reason: string,
    private readonly record: StoreRecordFile,
  ) {}

  async get(): Promise<SecretReading> {
    return { kind: 'unavailable', reason: this.reason };
  }

  async prepare(): Promise<void> {
    this.#fail();
  }

  async set(): Promise<void> {
    this.#fail();
  }

  async delete(): Promise<boolean> {
    return this.#fail();
  }

  async list(): Promise<string[]> {
    return [...(await this.record.read()).names];
  }

  async leave(): Promise<void> {}

  #fail(): never {
    throw secretError({ kind: 'unavailable', reason: this.reason });
  }
}
