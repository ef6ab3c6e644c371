import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { systemClock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { proofOf } from './secret-values.ts';
import { type NewToken, TokenBook } from './token-book.ts';
import { createTokenMemo } from './token-memo.ts';

let test: TestDatabase;
let folder: string;
beforeAll(async () => {
  test = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'tokens-'));
});
afterAll(async () => {
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

const book = () => new TokenBook(test.database, systemClock, createTokenMemo(folder, silentLogger));
const proof = (token: string, password: string) => proofOf(token, password);
const tokenOf = (id: string, change: Partial<NewToken> = {}): NewToken => ({
  id,
  label: '',
  account: null,
  proof: null,
  stream: '*',
  mode: 7,
  issuedBy: 'test',
  expiresAtMs: Date.now() + 3_600_000,
  ...change,
});

it('knows which count, and remembers it for a start while the database is away', async () => {
  const before = book();
  const login = { account: 'anna', proof: proof('token of c', 'right') };
  for (const [id, change] of [
    ['a', {}],
    ['b', {}],
    ['c', login],
    ['d', login],
  ] as const)
    await before.note(tokenOf(id, change));
  await before.revoke('b', 'test');
  await before.revoke('d', 'test');
  const expectKnown = async (tokens: TokenBook) => {
    expect(await Promise.all(['a', 'b', 'd'].map((id) => tokens.isRevoked(id)))).toEqual([false, true, true]);
    expect(await tokens.isLogin('c', proof('token of c', 'right'))).toBe(true);
    expect(await tokens.isLogin('c', proof('token of c', 'another'))).toBe(false);
    expect(await tokens.isLogin('d', proof('token of c', 'right'))).toBe(false);
  };
  await expectKnown(before);
  expect(await before.isLogin('unheard of', 'x')).toBe(false);

  test.database.shut(new AppError('database_unavailable', 'away'));
  await expectKnown(book());
  const away = { code: 'database_unavailable' };
  await expect(book().isLogin('unheard of', 'x')).rejects.toMatchObject(away);
  await expect(book().isRevoked('unheard of')).rejects.toMatchObject(away);
  test.database.shut(null);
  expect(await readFile(join(folder, 'issued-tokens.json'), 'utf8')).not.toContain('token of c');
});

it('takes a login that another manager has just given out', async () => {
  const [one, other] = [book(), book()];
  expect(await other.isRevoked('e')).toBe(false);
  await one.note(tokenOf('e', { account: 'anna', proof: proof('token of e', 'right') }));
  expect(await other.isLogin('e', proof('token of e', 'right'))).toBe(true);
});

it('begins without what was damaged', async () => {
  await writeFile(join(folder, 'issued-tokens.json'), '[{"id":');
  expect(createTokenMemo(folder, silentLogger).read()).toEqual([]);
});
