import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { CheckArguments } from '../src-main/headless/arguments.ts';
import { runCheck } from '../src-main/headless/check-command.ts';
import { runIndex } from '../src-main/headless/index-command.ts';
import { copyCaptures } from './support/capture-storage.ts';
import { createTestDatabase, type TestDatabase } from './support/test-database.ts';

/** `liveman check` on a folder that the command line indexed, with a storage of the manager's own that is empty. */

let test: TestDatabase;
let folder: string;
let configPath: string;

beforeAll(async () => {
  test = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'liveman-check-'));
  configPath = join(folder, 'liveman.toml');
  await writeFile(configPath, `[database]\nurl = "${test.url}"\n[log]\nlevel = "off"\n`);
});
afterAll(async () => {
  await test?.close();
  await rm(folder, { recursive: true, force: true });
});

const places = () => ({ packageDir: resolve(import.meta.dirname, '..'), dataDir: folder, version: '1.2.3' });

/** Its exit status, and what it wrote to standard output. */
async function run(options: Partial<CheckArguments> = {}): Promise<{ status: number; text: string }> {
  const written: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  try {
    const args = { command: 'check', configPath, isDeep: true, isRepair: false, isJson: false } as const;
    return { status: await runCheck({ ...args, ...options }, places()), text: written.join('') };
  } finally {
    spy.mockRestore();
  }
}

it('says what differs, mends it, and ends with a status for scripts', async () => {
  const root = join(folder, 'of a node');
  for (const version of ['head', 'v0.9.0', 'push'] as const) await copyCaptures(version, root);
  await runIndex({ command: 'index', configPath, storage: root, nodeAlias: 'edge-1' }, places());
  await test.database.pool.query(`update segments set created_at = now() - interval '1 hour'`);
  await test.database.pool.query(`update recordings set created_at = now() - interval '1 hour'`);
  const clean = await run();
  // Two ways in which the recordings themselves are not whole.
  expect(clean.text.split('\n').filter((line) => !/^(gap|overlap|bad-object)/.test(line))).toEqual([
    expect.stringMatching(/^\d+ segments and \d+ objects checked: \d+ findings, 0 repaired\.$/),
    '',
  ]);

  const { rows } = await test.database.pool.query(
    `select path from segments where stream = 'mute' and seq = 2 limit 1`,
  );
  await unlink(join(root, rows[0]?.path as string));
  const found = await run({ stream: 'mute' });
  expect(found.status).toBe(1);
  expect(found.text).toMatch(/missing-object \[mark-missing\]: mute.*v_seg_0002\.m4s is not in storage/);
  const mended = await run({ stream: 'mute', isRepair: true, isJson: true });
  const lines = mended.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(mended.status).toBe(0);
  expect(lines.at(-1)).toMatchObject({
    event: 'done',
    run: { foundCount: 1, repairedCount: 1, state: 'done' },
  });
  expect(lines.some(({ event }) => event === 'progress')).toBe(true);
});
