import { AppError } from '../base/errors.ts';

/**
 * What a secret store answers to a read: `absent` and there is no such secret; `locked` and it is there but cannot
 * be opened now (no key, a wrong one, a keychain that asks for a password); `unavailable` and the store fails.
 */
export type SecretReading =
  | { readonly kind: 'found'; readonly value: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'locked'; readonly reason: string }
  | { readonly kind: 'unavailable'; readonly reason: string };

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

/** The error for a store that is locked or fails. */
export function secretError(reading: {
  readonly kind: 'locked' | 'unavailable';
  readonly reason: string;
}): AppError {
  return new AppError(reading.kind === 'locked' ? 'secrets_locked' : 'secrets_unavailable', reading.reason);
}
