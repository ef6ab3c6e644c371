import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createEmptyDatabase } from '../../../e2e/support/test-database.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { type Database, openDatabase } from './database.ts';
import { migrate } from './migrator.ts';

const REAL_MIGRATIONS = path.resolve(import.meta.dirname, '../../../migrations');

let folder = '';
let database: Database;
let pool: pg.Pool;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'liveman-migrations-'));
  const url = await createEmptyDatabase();
  const base = { maxConnections: 4, connectTimeoutMs: 10_000, logger: silentLogger, clock: systemClock };
  database = await openDatabase({ ...base, url, statementTimeoutMs: 1000 });
  pool = database.pool;
  await write('0010-first.sql', 'create table first (id int); insert into first values (1);');
});

afterEach(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

function write(name: string, sql: string): Promise<void> {
  return writeFile(path.join(folder, name), sql);
}

function run(programVersion = '1.2.3') {
  return migrate(pool, folder, { logger: silentLogger, programVersion });
}

async function ask(text: string): Promise<unknown[]> {
  return (await pool.query({ text, rowMode: 'array' })).rows.flat();
}

it('applies the files in order and once, and records them', async () => {
  await write('0020-second.sql', 'alter table first add column name text;');
  expect(await run()).toEqual({ from: 0, to: 20 });
  expect(await run()).toEqual({ from: 20, to: 20 });
  await write('0030-third.sql', 'create table third ();');
  expect(await run('1.3.0')).toEqual({ from: 20, to: 30 });
  const { rows } = await pool.query(
    'select version, name, program_version, length(checksum) as length from schema_migrations order by version',
  );
  expect(rows).toEqual([
    { version: 10, name: 'first', program_version: '1.2.3', length: 64 },
    { version: 20, name: 'second', program_version: '1.2.3', length: 64 },
    { version: 30, name: 'third', program_version: '1.3.0', length: 64 },
  ]);
  expect(await ask('select count(*) from first')).toEqual([1]);
});

it('lets managers that start at once wait for each other, longer than other statements may take', async () => {
  await write('0020-slow.sql', 'select pg_sleep(1.5); create table slow ();');
  const results = await Promise.all([run(), run(), run()]);
  const moved = results.filter((result) => result.from === 0);
  expect(moved).toEqual([{ from: 0, to: 20 }]);
  expect(results.filter((result) => result.from === 20)).toHaveLength(2);
  expect(await ask('select count(*) from first')).toEqual([1]);
});

it('undoes a file that fails, keeps those before it and names it', async () => {
  await write('0020-broken.sql', 'create table half (); select nonsense;');
  await expect(run()).rejects.toMatchObject({
    code: 'internal',
    message: 'Migration 20 (broken) failed and was undone: column "nonsense" does not exist',
  });
  expect(await ask(`select to_regclass('half')`)).toEqual([null]);
  expect(await ask('select version from schema_migrations')).toEqual([10]);
  await write('0020-broken.sql', 'create table half ();');
  expect(await run()).toEqual({ from: 10, to: 20 });
});

it('refuses a database that a newer program has changed', async () => {
  await write('0020-newer.sql', 'create table newer ();');
  await run('9.0.0');
  await rm(path.join(folder, '0020-newer.sql'));
  await expect(run()).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('newer Liveman (migration 20 (newer), version 9.0.0)'),
  });
});

it('refuses a file that was changed after it was applied, but not other line ends', async () => {
  await write('0020-lines.sql', '-- one\ncreate table lines ();\n');
  await run();
  await write('0020-lines.sql', '-- one\r\ncreate table lines ();\r\n');
  expect(await run()).toEqual({ from: 20, to: 20 });
  await write('0020-lines.sql', '-- two\ncreate table lines ();\n');
  await expect(run()).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('migration 20 (lines) is not the one this database was changed with'),
  });
});

it('refuses a file that comes before those already applied', async () => {
  await run();
  await write('0005-late.sql', 'create table late ();');
  await expect(run()).rejects.toThrow(/Migration 5 \(late\) was never applied/);
  expect(await ask(`select to_regclass('late')`)).toEqual([null]);
});

it('refuses two files of one number and names out of form', async () => {
  await write('0010-again.sql', 'select 1;');
  await expect(run()).rejects.toThrow(/Two migrations have the number 0010/);
  await rm(path.join(folder, '0010-again.sql'));
  await write('11-short.sql', 'select 1;');
  await expect(run()).rejects.toThrow(/11-short\.sql is not named like/);
});

it('leaves the lock and the limits of other sessions as they were', async () => {
  await run();
  expect(
    await ask(
      `select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
    ),
  ).toEqual([0]);
  expect(await ask('show statement_timeout')).toEqual(['1s']);
});

it('applies the migrations of the program to an empty database', async () => {
  const { from, to } = await migrate(pool, REAL_MIGRATIONS, { logger: silentLogger });
  expect(from).toBe(0);
  expect(to).toBeGreaterThan(0);
  expect(
    await ask(`select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition
        and obj_description(c.oid) is null`),
  ).toEqual([]);
});
