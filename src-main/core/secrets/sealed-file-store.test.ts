import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SealedFileStore } from './sealed-file-store.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secrets-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (phrase?: string) => new SealedFileStore({ folder, phrase });
const read = (name: string) => readFile(join(folder, name), 'utf8');

it('keeps secrets over a restart, sealed, with a key file for its owner only', async () => {
  await open().set('node-token/a', 'open sesame');
  await open().set('node-token/b', 'other');
  expect(await open().get('node-token/a')).toEqual({ kind: 'found', value: 'open sesame' });
  expect(await open().list()).toEqual(['node-token/a', 'node-token/b']);
  expect(await read('secrets.sealed')).not.toMatch(/sesame|node-token/);
  expect((await stat(join(folder, 'secrets.key'))).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, 'secrets.sealed'))).mode & 0o777).toBe(0o600);
});

it('tells absent, locked and unavailable apart', async () => {
  expect(await open().get('x')).toEqual({ kind: 'absent' });
  await open().set('x', 'y');
  expect(await open().get('z')).toEqual({ kind: 'absent' });
  const key = await read('secrets.key');
  await rm(join(folder, 'secrets.key'));
  expect(await open().get('x')).toMatchObject({ kind: 'locked', reason: expect.stringContaining('gone') });
  await writeFile(join(folder, 'secrets.key'), `${Buffer.alloc(32).toString('base64')}\n`, { mode: 0o600 });
  expect(await open().get('x')).toMatchObject({
    kind: 'locked',
    reason: expect.stringContaining('sealed with'),
  });
  await writeFile(join(folder, 'secrets.key'), key);
  await writeFile(join(folder, 'secrets.sealed'), '{"half');
  expect(await open().get('x')).toMatchObject({
    kind: 'unavailable',
    reason: expect.stringContaining('damaged'),
  });
  await expect(open().set('x', 'y')).rejects.toMatchObject({ code: 'secrets_unavailable' });
});

it('refuses a key file that others may read', async () => {
  await open().set('x', 'y');
  await chmod(join(folder, 'secrets.key'), 0o644);
  expect(await open().get('x')).toMatchObject({
    kind: 'locked',
    reason: expect.stringContaining('chmod 600'),
  });
  await expect(open().set('x', 'z')).rejects.toMatchObject({ code: 'secrets_locked' });
});

it('takes a pass phrase instead, and moves over to it', async () => {
  await open().set('x', 'y');
  await open('phrase').set('z', 'w');
  await rm(join(folder, 'secrets.key'));
  expect(await open('phrase').get('x')).toEqual({ kind: 'found', value: 'y' });
  expect(await open('wrong').get('x')).toMatchObject({ kind: 'locked' });
  expect(await open().get('x')).toMatchObject({
    kind: 'locked',
    reason: expect.stringContaining('LIVEMAN_SECRET_KEY'),
  });
});

it('notices a changed byte', async () => {
  await open().set('x', 'y');
  const sealed = JSON.parse(await read('secrets.sealed'));
  const data = Buffer.from(sealed.data, 'base64');
  data[0] = (data[0] as number) ^ 1;
  await writeFile(
    join(folder, 'secrets.sealed'),
    JSON.stringify({ ...sealed, data: data.toString('base64') }),
  );
  expect(await open().get('x')).toMatchObject({ kind: 'locked' });
});

it('loses nothing when many write at once, and removes', async () => {
  const store = open();
  await Promise.all(Array.from({ length: 20 }, (_, i) => store.set(`s${i}`, String(i))));
  expect(await open().list()).toHaveLength(20);
  expect([await store.delete('s3'), await store.delete('s3')]).toEqual([true, false]);
  expect(await open().get('s3')).toEqual({ kind: 'absent' });
});
