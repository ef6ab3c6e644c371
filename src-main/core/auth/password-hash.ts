import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { isEqualSecret } from './secret-values.ts';

/** Cost of new hashes: about 60 ms and 32 MiB. */
const COST = { ln: 15, r: 8, p: 1 } as const;
const HASH_BYTES = 32;
const SALT_BYTES = 16;
/** What a hash from elsewhere may cost; more would let the settings stop the program. */
const MAX_LN = 20;
const MAX_FACTOR = 16;
const MAX_MEMORY_BYTES = 1280 * 1024 * 1024;

interface ParsedHash {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** A hash to be kept in place of a password: `$scrypt$ln=15,r=8,p=1$<salt>$<hash>`, base64 without padding. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, { ...COST, salt }, HASH_BYTES);
  return hashText(salt, hash);
}

function hashText(salt: Buffer, hash: Buffer): string {
  return `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** A hash that no password has: checking one against it takes as long as against any other. */
export function hashOfNobody(): string {
  return hashText(randomBytes(SALT_BYTES), randomBytes(HASH_BYTES));
}

const NOBODYS_SALT = randomBytes(SALT_BYTES);

/**
 * Whether a password is the one that is kept: as a hash, or in plain text as upstream has it.
 *
 * How long it takes does not depend on where two texts differ, nor on which of the two is kept. A hash of a kind that
 * is not known matches nothing.
 */
export async function isPasswordRight(password: string, kept: string): Promise<boolean> {
  if (kept === '') return false;
  if (!looksHashed(kept)) {
    const isSame = isEqualSecret(password, kept);
    await derive(password, { ...COST, salt: NOBODYS_SALT }, HASH_BYTES);
    return isSame;
  }
  const parsed = parseHash(kept);
  if (!parsed) return false;
  const found = await derive(password, parsed, parsed.hash.length);
  return timingSafeEqual(found, parsed.hash);
}

/** Why a password as it is kept can never match, in words; null where it can. */
export function findPasswordProblem(kept: string): string | null {
  if (kept === '') return 'has no password, so nobody can log in with it.';
  if (!looksHashed(kept) || parseHash(kept)) return null;
  return 'has a password hash that cannot be used; make one with `liveman hash-password`.';
}

/** `$name$…`: hashes of any kind, which must never count as the password itself. */
export function looksHashed(kept: string): boolean {
  return /^\$[a-z0-9-]+\$/.test(kept);
}

function parseHash(text: string): ParsedHash | null {
  const match = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w+/-]{11,86})\$([\w+/-]{22,86})$/.exec(
    text,
  );
  if (!match) return null;
  const [ln, r, p] = match.slice(1, 4).map(Number) as [number, number, number];
  if (ln < 1 || ln > MAX_LN || r < 1 || r > MAX_FACTOR || p < 1 || p > MAX_FACTOR) return null;
  const [salt, hash] = match.slice(4).map((part) => Buffer.from(part, 'base64')) as [Buffer, Buffer];
  return 128 * r * 2 ** ln <= MAX_MEMORY_BYTES ? { ln, r, p, salt, hash } : null;
}

function derive(
  password: string,
  { ln, p, r, salt }: Omit<ParsedHash, 'hash'>,
  lengthBytes: number,
): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** ln, r, p, maxmem: 2 * 128 * r * 2 ** ln + 1024 * 1024 };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, lengthBytes, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
