import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** A secret of 256 bits for URLs and headers. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** What is kept of a random secret, to find it again. Not for passwords. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Shows that who knows `secret` had seen `text`, without giving away either. */
export function proofOf(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}

/** Compares in a time that does not depend on where the values differ. */
export function isEqualSecret(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
}
