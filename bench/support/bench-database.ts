import path from 'node:path';
import pg from 'pg';
import { systemClock } from '../../src-main/core/base/clock.ts';
import { silentLogger } from '../../src-main/core/base/logger.ts';
import { type Database, openDatabase } from '../../src-main/core/db/database.ts';
import { migrate } from '../../src-main/core/db/migrator.ts';
import { ROOT_DIR } from './scratch.ts';

/** A new database of this name on the server, with all tables; the caller closes it. */
export async function createDatabase(
  serverUrl: string,
  name: string,
): Promise<{ database: Database; url: string }> {
  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  await admin.query(`create database ${name}`);
  await admin.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const database = await openDatabase({
    url: url.href,
    maxConnections: 2,
    connectTimeoutMs: 10_000,
    logger: silentLogger,
    clock: systemClock,
  });
  await migrate(database.pool, path.join(ROOT_DIR, 'migrations'), {
    logger: silentLogger,
    programVersion: 'bench',
  });
  return { database, url: url.href };
}
