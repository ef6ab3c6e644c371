import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';

const deriveKey = promisify<
  string,
  Buffer,
  number,
  { N: number; r: number; p: number; maxmem: number },
  Buffer
>(scrypt);

export const KEY_BYTES = 32;
const IV_BYTES = 12;
/** 32 MB and about 0.1 s: paid once at each start. */
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
const FORMAT = 'liveman-secrets-1';

/** Where the key of a sealed text comes from: a random key file, or a pass phrase. */
export type KeySource = 'file' | 'phrase';

/** A sealed text as it lies in the file; all bytes are base64. */
export interface SealedText {
  readonly format: typeof FORMAT;
  readonly key: KeySource;
  /** Of the pass phrase; empty with a key file. */
  readonly salt: string;
  readonly iv: string;
  readonly tag: string;
  readonly data: string;
}

/** Encrypts with AES-256-GCM; the header is authenticated too. */
export function seal(text: string, key: Buffer, source: KeySource, salt: Buffer): SealedText {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(header(source, salt.toString('base64')));
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return {
    format: FORMAT,
    key: source,
    salt: salt.toString('base64'),
    iv: iv.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
    data: data.toString('base64'),
  };
}

/** The text, or null where the key is another one or a byte was changed. */
export function unseal(sealed: SealedText, key: Buffer): string | null {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(sealed.iv, 'base64'), {
      authTagLength: 16,
    });
    decipher.setAAD(header(sealed.key, sealed.salt));
    decipher.setAuthTag(Buffer.from(sealed.tag, 'base64'));
    return Buffer.concat([decipher.update(Buffer.from(sealed.data, 'base64')), decipher.final()]).toString(
      'utf8',
    );
  } catch {
    return null;
  }
}

/** The key that a pass phrase makes with a salt. */
export function keyFromPhrase(phrase: string, salt: Buffer): Promise<Buffer> {
  return deriveKey(phrase, salt, KEY_BYTES, SCRYPT);
}

/** Whether parsed JSON is a sealed text. */
export function isSealedText(json: unknown): json is SealedText {
  if (typeof json !== 'object' || json === null) return false;
  const { data, format, iv, key, salt, tag } = json as Record<string, unknown>;
  return (
    format === FORMAT &&
    (key === 'file' || key === 'phrase') &&
    [data, iv, salt, tag].every((part) => typeof part === 'string')
  );
}

function header(source: KeySource, salt: string): Buffer {
  return Buffer.from(`${FORMAT}\n${source}\n${salt}`);
}
