import { randomUUID } from 'node:crypto';
import path from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { systemClock } from '../../src-main/core/base/clock.ts';
import { silentLogger } from '../../src-main/core/base/logger.ts';
import { type Database, openDatabase } from '../../src-main/core/db/database.ts';
import { migrate, readMigrations } from '../../src-main/core/db/migrator.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The cluster of this run; `createTestDatabase` makes databases in it. */
    postgresUrl: string;
  }
}

const MIGRATIONS_DIR = path.resolve(import.meta.dirname, '../../migrations');
/** One test file at a time makes the template. */
const TEMPLATE_LOCK = 7_770_002;

/** A database for one test file, with every migration applied. */
export interface TestDatabase {
  url: string;
  database: Database;
  /** Closes the connections and drops the database. */
  close(): Promise<void>;
}

/** Makes a fresh, migrated database in the cluster of this run. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const template = await prepareTemplate();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await onServer((client) => client.query(`create database ${name} template ${template}`));
  const url = databaseUrl(name);
  const database = await openTestDatabase(url);
  return {
    url,
    database,
    close: async () => {
      await database.close();
      await onServer((client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}

/** Makes an empty database, without migrations, and returns its URL; it goes with the cluster. */
export async function createEmptyDatabase(): Promise<string> {
  const name = `empty_${randomUUID().replaceAll('-', '')}`;
  await onServer((client) => client.query(`create database ${name}`));
  return databaseUrl(name);
}

/** The name of a database to copy, made once per set of migrations. */
async function prepareTemplate(): Promise<string> {
  const checksums = (await readMigrations(MIGRATIONS_DIR)).map((migration) => migration.checksum.slice(0, 8));
  const name = `template_${checksums.join('').slice(-32)}_${checksums.length}`;
  await onServer(async (client) => {
    await client.query(`select pg_advisory_lock(${TEMPLATE_LOCK})`);
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount) return;
    const draft = `${name}_draft`;
    await client.query(`drop database if exists ${draft} with (force)`);
    await client.query(`create database ${draft}`);
    const database = await openTestDatabase(databaseUrl(draft));
    try {
      await migrate(database.pool, MIGRATIONS_DIR, { logger: silentLogger, programVersion: 'test' });
    } finally {
      await database.close();
    }
    await client.query(`alter database ${draft} rename to ${name}`);
  });
  return name;
}

function openTestDatabase(url: string): Promise<Database> {
  return openDatabase({
    url,
    maxConnections: 5,
    connectTimeoutMs: 10_000,
    logger: silentLogger,
    clock: systemClock,
  });
}

function databaseUrl(name: string): string {
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return url.href;
}

async function onServer(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl('postgres') });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
