import { randomBytes } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { errorCode } from '../base/errors.ts';
import { KEY_BYTES } from './sealing.ts';

export type KeyReading =
  | { readonly kind: 'found'; readonly key: Buffer }
  | { readonly kind: 'absent' }
  | { readonly kind: 'locked' | 'unavailable'; readonly reason: string };

/** Reads a key file; one that others may read is refused, as its key may be known to them. */
export async function readKeyFile(path: string): Promise<KeyReading> {
  try {
    const { mode } = await stat(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      const reason = `Others may read the key file ${path}. Run: chmod 600 ${JSON.stringify(path)}.`;
      return { kind: 'locked', reason };
    }
    const key = Buffer.from((await readFile(path, 'utf8')).trim(), 'base64');
    if (key.length === KEY_BYTES) return { kind: 'found', key };
    const reason = `The key file ${path} holds no key. Put the right one back; without it stored tokens are lost.`;
    return { kind: 'locked', reason };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { kind: 'absent' };
    return { kind: 'unavailable', reason: `The key file ${path} cannot be read (${errorCode(error)}).` };
  }
}

/** Makes a key file that only we may read. Throws where there is one already or it cannot be written. */
export async function makeKeyFile(path: string): Promise<Buffer> {
  const key = randomBytes(KEY_BYTES);
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(`${key.toString('base64')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return key;
}
