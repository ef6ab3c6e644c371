import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { AppError, errorCode, errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';

export interface MigrateOptions {
  logger: Logger;
  /** Recorded with each migration, for whoever looks into the database later. */
  programVersion?: string;
  /** Called before anything is changed, where there is something to change. */
  onPending?: (client: pg.PoolClient, from: number) => Promise<void>;
}

interface Migration {
  version: number;
  name: string;
  sql: string;
  checksum: string;
}

interface AppliedMigration {
  version: number;
  name: string;
  checksum: string;
  program_version: string;
}

/** Any number that no other part uses: managers that share a database migrate one after the other. */
const MIGRATION_LOCK = 7_770_001;
const LOCK_WAIT = '10min';

const FILE_NAME = /^(\d{4})-([a-z0-9-]+)\.sql$/;

const CREATE_TABLE = `
  create table if not exists schema_migrations (
    version int primary key,
    name text not null,
    checksum text not null,
    program_version text not null,
    applied_at timestamptz not null default now()
  );
  comment on table schema_migrations is 'The files of migrations/ that this database has been through.';
  comment on column schema_migrations.version is 'The number at the start of the file name.';
  comment on column schema_migrations.name is 'The rest of the file name, without .sql.';
  comment on column schema_migrations.checksum is 'SHA-256 of the file, in hexadecimal; a changed file is refused.';
  comment on column schema_migrations.program_version is 'The Liveman version that applied it.';
  comment on column schema_migrations.applied_at is 'When it was applied.';
`;

/**
 * Brings the schema up to the files `NNNN-name.sql` of `migrationsDir`, in order, each in its own transaction.
 *
 * Returns the versions before and after, 0 for an empty database. Managers that start at once wait for each
 * other. Throws `conflict` and changes nothing when the database has a migration that the files do not know (it
 * belongs to a newer Liveman), or when an applied file was changed; `internal` when a file fails, with the
 * transaction of that file undone.
 */
export async function migrate(
  pool: Pick<pg.Pool, 'connect'>,
  migrationsDir: string,
  options: MigrateOptions,
): Promise<{ from: number; to: number }> {
  const migrations = await readMigrations(migrationsDir);
  const client = await pool.connect();
  try {
    await client.query(`set statement_timeout = 0; set idle_in_transaction_session_timeout = 0`);
    await lock(client);
    await client.query(CREATE_TABLE);
    const { rows } = await client.query<AppliedMigration>(
      'select version, name, checksum, program_version from schema_migrations order by version',
    );
    const pending = findPending(migrations, rows);
    const from = rows.at(-1)?.version ?? 0;
    if (pending.length > 0) await options.onPending?.(client, from);
    for (const migration of pending) await apply(client, migration, options);
    return { from, to: pending.at(-1)?.version ?? from };
  } finally {
    // The connection is not used again: with it go the lock and the changed limits.
    client.release(true);
  }
}

/** The files in order. Throws `internal` for a name out of form or a number used twice: a defect of the package. */
export async function readMigrations(migrationsDir: string): Promise<Migration[]> {
  const names = (await readdir(migrationsDir)).filter((name) => name.endsWith('.sql')).sort();
  const migrations: Migration[] = [];
  for (const fileName of names) {
    const match = FILE_NAME.exec(fileName);
    if (!match?.[1] || !match[2]) {
      throw new AppError('internal', `The migration ${fileName} is not named like 0010-what-it-does.sql.`);
    }
    const version = Number(match[1]);
    if (migrations.at(-1)?.version === version) {
      throw new AppError('internal', `Two migrations have the number ${match[1]} in ${migrationsDir}.`);
    }
    // A checkout on Windows may have other line ends.
    const sql = (await readFile(path.join(migrationsDir, fileName), 'utf8')).replaceAll('\r\n', '\n');
    const checksum = createHash('sha256').update(sql).digest('hex');
    migrations.push({ version, name: match[2], sql, checksum });
  }
  return migrations;
}

async function lock(client: pg.PoolClient): Promise<void> {
  try {
    await client.query(`set lock_timeout = '${LOCK_WAIT}'`);
    await client.query({ ...WITHOUT_LIMIT, text: `select pg_advisory_lock(${MIGRATION_LOCK})` });
    await client.query('set lock_timeout = 0');
  } catch (cause) {
    if (errorCode(cause) !== '55P03') throw cause;
    const message = `Another Liveman has been changing the database for more than ${LOCK_WAIT}. Wait for it, then start again.`;
    throw new AppError('database_unavailable', message, { cause });
  }
}

function findPending(migrations: Migration[], applied: AppliedMigration[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.version, migration]));
  for (const row of applied) {
    const migration = known.get(row.version);
    const label = `${row.version} (${row.name})`;
    if (!migration) {
      throw new AppError(
        'conflict',
        `The database has been changed by a newer Liveman (migration ${label}, version ${row.program_version}), which ` +
          'this one does not know. Start that version or a newer one.',
        { details: { version: row.version, programVersion: row.program_version } },
      );
    }
    if (migration.checksum !== row.checksum) {
      throw new AppError(
        'conflict',
        `The file of migration ${label} is not the one this database was changed with. Reinstall Liveman; a change of ` +
          'the schema belongs in a new file.',
        { details: { version: row.version } },
      );
    }
  }
  const appliedTo = applied.at(-1)?.version ?? 0;
  const pending = migrations.slice(applied.length);
  const late = migrations.find(
    (migration) => migration.version < appliedTo && !applied.some((row) => row.version === migration.version),
  );
  if (late) {
    throw new AppError(
      'conflict',
      `Migration ${late.version} (${late.name}) was never applied, but the database is at ${appliedTo} already. ` +
        'Give the file a number after the last one.',
      { details: { version: late.version } },
    );
  }
  return pending;
}

async function apply(client: pg.PoolClient, migration: Migration, options: MigrateOptions): Promise<void> {
  const { version, name, checksum } = migration;
  try {
    await client.query('begin');
    await client.query({ ...WITHOUT_LIMIT, text: migration.sql });
    await client.query({
      text: 'insert into schema_migrations (version, name, checksum, program_version) values ($1, $2, $3, $4)',
      values: [version, name, checksum, options.programVersion ?? 'unknown'],
    });
    await client.query('commit');
  } catch (cause) {
    await client.query('rollback').catch(() => {});
    if (cause instanceof AppError) throw cause;
    const message = `Migration ${version} (${name}) failed and was undone: ${errorMessage(cause)}`;
    throw new AppError('internal', message, { cause });
  }
  options.logger.info({ version, migration: name }, 'database schema changed');
}

/** For `pg`, which otherwise gives up a query after the pool's limit; large tables take their time. */
const WITHOUT_LIMIT: { query_timeout: number } = { query_timeout: 24 * 3600_000 };
