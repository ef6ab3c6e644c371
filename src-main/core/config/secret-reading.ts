/**
 * What a secret store answers to a read: `absent` and there is no such secret; `locked` and it is there but cannot
 * be opened now (no key, a wrong one, a keychain that asks for a password); `unavailable` and the store fails.
 */
export type SecretReading =
  | { readonly kind: 'found'; readonly value: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'locked'; readonly reason: string }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** That there is no such secret. */
export const ABSENT = { kind: 'absent' } as const satisfies SecretReading;
