import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a signature stands for. */
export interface SignedCall {
  readonly method: 'GET' | 'PUT';
  /** Decoded, relative to the storage root. */
  readonly path: string;
  /** Name of the storage. */
  readonly storage: string;
  /** Unix seconds; good until then, not after. */
  readonly expires: number;
}

const SIGNATURE = /^[A-Za-z0-9_-]{43}$/;

/** HMAC-SHA256 over method, time limit and path, as base64url text of 43 characters. */
export function signObjectCall(key: Buffer, { expires, method, path, storage }: SignedCall): string {
  // The path comes last, as it alone may hold any character.
  return createHmac('sha256', key).update(`${method}\n${expires}\n${storage}\n${path}`).digest('base64url');
}

/** Whether the signature is ours for exactly this call; its time limit is looked at elsewhere. */
export function isObjectSignature(key: Buffer, call: SignedCall, signature: string): boolean {
  if (!SIGNATURE.test(signature)) return false;
  return timingSafeEqual(Buffer.from(signature), Buffer.from(signObjectCall(key, call)));
}
