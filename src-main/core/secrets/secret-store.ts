import { AppError } from '../base/errors.ts';
import type { SecretReading } from '../config/secret-reading.ts';

export type { SecretReading };

/**
 * Where secrets lie by name: the keychain in the desktop, a sealed file without one.
 *
 * Writing throws AppError `secrets_locked` or `secrets_unavailable`, with the remedy in the message. No message
 * ever holds a secret.
 */
export interface SecretStore {
  /** Where it is, for messages. */
  readonly name: string;
  get(name: string): Promise<SecretReading>;
  /** Resolves when it is stored for good. */
  set(name: string, value: string): Promise<void>;
  /** Removes a secret; false where there was none. */
  delete(name: string): Promise<boolean>;
  /** Names of all secrets, sorted. */
  list(): Promise<string[]>;
}

/** One of the places that secrets can be moved between. */
export interface SecretPlace extends SecretStore {
  /** Throws as `set` does where nothing can be stored now. */
  prepare(): Promise<void>;
  /** Takes away what only a place in use needs; called once nothing is kept in it any more. */
  leave(): Promise<void>;
}

/** The error for a store that is locked or fails. */
export function secretError(reading: {
  readonly kind: 'locked' | 'unavailable';
  readonly reason: string;
}): AppError {
  return new AppError(reading.kind === 'locked' ? 'secrets_locked' : 'secrets_unavailable', reading.reason);
}
