import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../base/logger.ts';
import { createAccountMemo } from './account-memo.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'liveman-memo-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('remembers over restarts whether there were accounts', () => {
  const memo = createAccountMemo(folder, silentLogger);
  expect(memo.hadAny()).toBe(false);
  memo.note(true);
  expect(createAccountMemo(folder, silentLogger).hadAny()).toBe(true);
  memo.note(false);
  expect(createAccountMemo(folder, silentLogger).hadAny()).toBe(false);
});

it('keeps nobody out where it cannot be written, and tries again', async () => {
  const away = join(folder, 'away');
  const memo = createAccountMemo(away, silentLogger);
  memo.note(true);
  expect(memo.hadAny()).toBe(false);
  await mkdir(away);
  memo.note(true);
  expect(createAccountMemo(away, silentLogger).hadAny()).toBe(true);
});
