import {
  createCipheriv,
  createDecipheriv,
  createHash,
  randomBytes,
  scrypt,
  timingSafeEqual,
} from 'node:crypto';
import { promisify } from 'node:util';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { AppError } from '../base/errors.ts';

/** What a profile is moved to another computer with. */
export interface ProfileContent {
  readonly name: string;
  /** liveman.toml without secrets. */
  readonly config: string;
  /** Settings of the window, as the window gave them; null for none. */
  readonly window: Readonly<Record<string, unknown>> | null;
  /** Only under a pass phrase; null where they were left out. */
  readonly secrets: ProfileSecrets | null;
}

export interface ProfileSecrets {
  /** liveman.toml as it is. */
  readonly config: string;
  /** Stored secrets by name. */
  readonly stored: Readonly<Record<string, string>>;
}

const FORMAT = 'liveman-profile';
const VERSION = 1;
/** 128 MB and about half a second: the file may fall into anybody's hands. */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };
const KEY_BYTES = 32;
const TAG_BYTES = 16;

const Sealed = Type.Object({
  kdf: Type.Literal('scrypt'),
  cipher: Type.Literal('aes-256-gcm'),
  salt: Type.String(),
  /** Tells a wrong pass phrase from a changed file. */
  check: Type.String(),
  iv: Type.String(),
  tag: Type.String(),
  data: Type.String(),
});
type Sealed = Static<typeof Sealed>;

const FileShape = Type.Object({
  format: Type.Literal(FORMAT),
  version: Type.Integer(),
  name: Type.String(),
  config: Type.String(),
  window: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()]),
  sealed: Type.Union([Sealed, Type.Null()]),
});
type FileShape = Static<typeof FileShape>;

const SecretsShape = Type.Object({
  config: Type.String(),
  stored: Type.Record(Type.String(), Type.String()),
});

const deriveKey = promisify<string, Buffer, number, typeof SCRYPT, Buffer>(scrypt);

/** The text of the file; with a pass phrase the secrets are in it, encrypted. */
export async function writeProfileFile(content: ProfileContent, passphrase: string | null): Promise<string> {
  const { config, name, secrets, window } = content;
  const open = { format: FORMAT, version: VERSION, name, config, window } as const;
  const sealed = secrets && passphrase !== null ? await seal(open, secrets, passphrase) : null;
  return `${JSON.stringify({ ...open, sealed }, null, 2)}\n`;
}

/**
 * Reads a file; secrets only with the pass phrase they were sealed with, null without one.
 *
 * Throws `bad_request`: no profile, a newer format, a wrong pass phrase, or a file that was changed, each in its own
 * words.
 */
export async function readProfileFile(text: string, passphrase: string | null): Promise<ProfileContent> {
  const file = parse(text);
  const { config, name, sealed, window } = file;
  if (passphrase !== null && sealed === null) {
    throw new AppError('bad_request', 'This file holds no secrets. Import it without a pass phrase.');
  }
  const secrets = sealed && passphrase !== null ? await unseal(file, sealed, passphrase) : null;
  return { name, config, window, secrets };
}

/** Whether the file holds secrets. Throws as `readProfileFile`. */
export function hasSecrets(text: string): boolean {
  return parse(text).sealed !== null;
}

function parse(text: string): FileShape {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new AppError('bad_request', 'This is not an exported profile, or only a part of one.', { cause });
  }
  if (typeof json !== 'object' || json === null || !('format' in json) || json.format !== FORMAT) {
    throw new AppError('bad_request', 'This is no exported profile.');
  }
  if ('version' in json && typeof json.version === 'number' && json.version > VERSION) {
    throw new AppError(
      'bad_request',
      `This profile was exported by a newer Liveman (format ${json.version}, this one reads ${VERSION}). Update it first.`,
    );
  }
  if (!Value.Check(FileShape, json) || json.version < 1) {
    throw new AppError('bad_request', 'This profile is damaged: parts of it are missing. Export it again.');
  }
  return json;
}

type Open = Pick<FileShape, 'format' | 'version' | 'name' | 'config' | 'window'>;

async function seal(open: Open, secrets: ProfileSecrets, passphrase: string): Promise<Sealed> {
  const salt = randomBytes(16);
  const iv = randomBytes(12);
  const { check, key } = await keysOf(passphrase, salt);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(header(open, salt.toString('base64')));
  const data = Buffer.concat([cipher.update(JSON.stringify(secrets), 'utf8'), cipher.final()]);
  return {
    kdf: 'scrypt',
    cipher: 'aes-256-gcm',
    salt: salt.toString('base64'),
    check: check.toString('base64'),
    iv: iv.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
    data: data.toString('base64'),
  };
}

async function unseal(open: Open, sealed: Sealed, passphrase: string): Promise<ProfileSecrets> {
  const { check, key } = await keysOf(passphrase, Buffer.from(sealed.salt, 'base64'));
  const expected = Buffer.from(sealed.check, 'base64');
  if (expected.length !== check.length || !timingSafeEqual(expected, check)) {
    throw new AppError('bad_request', 'The pass phrase is not the one this profile was exported with.');
  }
  try {
    const iv = Buffer.from(sealed.iv, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(header(open, sealed.salt));
    decipher.setAuthTag(Buffer.from(sealed.tag, 'base64'));
    const data = Buffer.concat([decipher.update(Buffer.from(sealed.data, 'base64')), decipher.final()]);
    const secrets: unknown = JSON.parse(data.toString('utf8'));
    if (Value.Check(SecretsShape, secrets)) return secrets;
  } catch {
    // A byte of data, tag or header is another one than when it was sealed.
  }
  throw new AppError('bad_request', 'This file was changed after it was exported. Export the profile again.');
}

/** Half of what scrypt gives is the key; a hash of the other half tells whether the phrase is right. */
async function keysOf(passphrase: string, salt: Buffer): Promise<{ key: Buffer; check: Buffer }> {
  const derived = await deriveKey(passphrase.normalize('NFKC'), salt, KEY_BYTES * 2, SCRYPT);
  return {
    key: derived.subarray(0, KEY_BYTES),
    check: createHash('sha256').update(derived.subarray(KEY_BYTES)).digest(),
  };
}

/** All that is readable is authenticated with what is not. */
function header({ config, format, name, version, window }: Open, salt: string): Buffer {
  return Buffer.from(JSON.stringify([format, version, name, config, window, 'scrypt', 'aes-256-gcm', salt]));
}
