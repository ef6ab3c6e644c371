import { cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runCheck } from '../src-main/headless/check-command.ts';
import { runIndex } from '../src-main/headless/index-command.ts';
import { runRetentionCommand } from '../src-main/headless/retention-command.ts';
import { copyCaptures } from './support/capture-storage.ts';
import { createTestDatabase, type TestDatabase } from './support/test-database.ts';

/** The folder that recordings were indexed in is moved: where it is now is told to the index, and all goes on there. */

let test: TestDatabase;
let folder: string;
let configPath: string;

beforeEach(async () => {
  test = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'liveman-moved-'));
  configPath = join(folder, 'liveman.toml');
  await configure('before');
  await copyCaptures('v0.9.0', join(folder, 'before'));
});
afterEach(async () => {
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

const places = () => ({ packageDir: resolve(import.meta.dirname, '..'), dataDir: folder, version: '1.2.3' });

async function configure(root: string): Promise<void> {
  const storage = `[recorder.storage]\ntype = "fs"\nroot = "${join(folder, root)}"\n`;
  // All that was captured is older.
  const rule = '[[retention]]\nstreams = ["*"]\nkeep_days = 1\n';
  await writeFile(configPath, `[database]\nurl = "${test.url}"\n[log]\nlevel = "off"\n${storage}${rule}`);
}

async function quietly(command: () => Promise<number>): Promise<{ status: number; text: string }> {
  const written: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  try {
    return { status: await command(), text: written.join('') };
  } finally {
    spy.mockRestore();
  }
}

const index = (root: string) =>
  quietly(() => runIndex({ command: 'index', configPath, storage: join(folder, root) }, places()));
const check = () =>
  quietly(() =>
    runCheck({ command: 'check', configPath, isDeep: false, isRepair: false, isJson: false }, places()),
  );
const retain = () =>
  quietly(() =>
    runRetentionCommand({ command: 'retention', configPath, isRun: true, isJson: false }, places()),
  );

const query = async (text: string) => (await test.database.pool.query(text)).rows;
const placesSeen = async () =>
  (await query('select distinct place from recordings')).map(({ place }) => place);
const remembered = async () => (await query('select root from storages order by 1')).map(({ root }) => root);

it('is the storage of liveman.toml when its path is given', async () => {
  await index('before');
  expect(await remembered()).toEqual([]);
  await rename(join(folder, 'before'), join(folder, 'after'));
  await configure('after');
  expect((await check()).text).not.toContain('storage-away');
  expect(await retain()).toMatchObject({ status: 0 });
  expect(await query('select * from segments')).toEqual([]);
});

it('is found again by an index of where it is now, and removed from there', async () => {
  await configure('own');
  await mkdir(join(folder, 'own'));
  await index('before');
  expect(await remembered()).toEqual([join(folder, 'before')]);
  await rename(join(folder, 'before'), join(folder, 'after'));
  expect((await check()).text).toMatch(
    /storage-away: .*before was not checked.*run liveman index with where it is now/,
  );
  const away = await retain();
  expect(away).toMatchObject({ status: 1, text: expect.stringContaining('run liveman index') });

  expect(await index('after')).toMatchObject({
    status: 0,
    text: expect.stringContaining(' 0 segments added'),
  });
  expect(await placesSeen()).toEqual([join(folder, 'after')]);
  expect(await remembered()).toEqual([join(folder, 'after')]);
  expect((await check()).text).not.toContain('storage-away');
  expect(await retain()).toMatchObject({ status: 0 });
  expect(await readdir(join(folder, 'after', 'cam1')).catch(() => [])).toEqual([]);
});

it('stays where it is while that is there, whatever copies are indexed', async () => {
  await configure('own');
  await mkdir(join(folder, 'own'));
  await index('before');
  await cp(join(folder, 'before'), join(folder, 'copy'), { recursive: true, preserveTimestamps: true });
  await index('copy');
  expect(await placesSeen()).toEqual([join(folder, 'before')]);
});

it('keeps its rows once it is taken out of liveman.toml, and the command says of which and why', async () => {
  await index('before');
  await configure('own');
  await copyCaptures('head', join(folder, 'own'), (path) => path.startsWith('cam3/'));
  const [{ count }] = await query('select count(*)::int as count from segments');
  const { status, text } = await retain();
  expect(status).toBe(1);
  expect(text).toMatch(/^Removed 0 segments, 0\.0 MB\. \d+ objects could not be removed\.$/m);
  expect(text).toMatch(
    /^cam1 {2}\d+ objects: cam1\/\d+ lies in .*before, which is no storage of liveman\.toml any more/m,
  );
  expect(await query('select count(*)::int as count from segments')).toEqual([{ count }]);
  await configure('before');
  expect(await retain()).toMatchObject({ status: 0 });
});
