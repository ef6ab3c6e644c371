import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withFileLock } from './file-lock.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
  path = join(folder, 'counted');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('lets one after the other read and write, and leaves nothing behind', async () => {
  await writeFile(path, '0');
  const count = () =>
    withFileLock(path, async () => {
      const before = Number(await readFile(path, 'utf8'));
      await delay(5);
      await writeFile(path, String(before + 1));
    });
  await Promise.all(Array.from({ length: 20 }, count));
  expect(await readFile(path, 'utf8')).toBe('20');
  await expect(withFileLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await readdir(folder)).toEqual(['counted']);
});

it('does not wait for one that was killed, nor for one that hangs for ever', async () => {
  await writeFile(`${path}.lock`, '999999999 gone');
  expect(await withFileLock(path, async () => 'done')).toBe('done');
  await writeFile(`${path}.lock`, `${process.pid} hangs`);
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(`${path}.lock`, longAgo, longAgo);
  expect(await withFileLock(path, async () => 'done')).toBe('done');
});

it('gives up on one that is at work, and says where no lock can be made', async () => {
  await writeFile(`${path}.lock`, `${process.pid} works`);
  await expect(withFileLock(path, async () => {}, { waitMs: 100 })).rejects.toMatchObject({
    code: 'ETIMEDOUT',
  });
  const nowhere = join(folder, 'nowhere', 'file');
  await expect(withFileLock(nowhere, async () => {})).rejects.toMatchObject({ code: 'ENOENT' });
});
