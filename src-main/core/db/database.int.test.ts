import net from 'node:net';
import { sql } from 'kysely';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { createEmptyDatabase, createTestDatabase } from '../../../e2e/support/test-database.ts';
import { systemClock } from '../base/clock.ts';
import type { AppError } from '../base/errors.ts';
import { type Logger, silentLogger } from '../base/logger.ts';
import { type Database, openDatabase } from './database.ts';
import { findFreePort } from './postgres-process.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of closing.splice(0)) await item.close();
});

async function open(
  url: string,
  options: Partial<Parameters<typeof openDatabase>[0]> = {},
): Promise<Database> {
  const defaults = {
    url,
    maxConnections: 2,
    connectTimeoutMs: 2000,
    logger: silentLogger,
    clock: systemClock,
  };
  const database = await openDatabase({ ...defaults, ...options });
  closing.push(database);
  return database;
}

async function failure(work: Promise<unknown>): Promise<AppError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: 'AppError' });
  return error as AppError;
}

function withPart(change: (url: URL) => void): string {
  const url = new URL(inject('postgresUrl'));
  change(url);
  return url.href;
}

/** A logger that keeps its lines as text. */
function recordingLogger(lines: string[]): Logger {
  const note = (fields: object, message: string) => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  const logger: Logger = { debug: note, info: note, warn: note, error: note, child: () => logger };
  return logger;
}

describe('openDatabase', () => {
  it('answers queries through kysely and the pool, with int8 as numbers', async () => {
    const database = await open(await createEmptyDatabase());
    const text = `select 1795345208000000::int8 as at, array[1, null, 9007199254740991]::int8[] as list`;
    const expected = { at: 1_795_345_208_000_000, list: [1, null, 9_007_199_254_740_991] };
    expect((await database.pool.query(text)).rows).toEqual([expected]);
    expect((await sql.raw(text).execute(database.db)).rows).toEqual([expected]);
    await database.ping();
  });

  it('leaves errors of statements as they are', async () => {
    const database = await open(await createEmptyDatabase());
    await expect(database.pool.query('select 1/0')).rejects.toMatchObject({ code: '22012' });
    await expect(sql.raw('select 1/0').execute(database.db)).rejects.toMatchObject({ code: '22012' });
  });

  it.each([
    [
      'a wrong password',
      (url: URL) => {
        url.password = 'wrong-word';
      },
      /liveman@127\.0\.0\.1:\d+\/liveman refused the password/,
    ],
    [
      'a missing database',
      (url: URL) => {
        url.pathname = '/absent';
      },
      /\/absent has no database of this name/,
    ],
  ])('tells %s at once, without the password', async (_, change, message) => {
    const url = withPart(change);
    const error = await failure(open(url, { connectTimeoutMs: 600_000 }));
    expect(error.code).toBe('database_unavailable');
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain(new URL(url).password);
  });

  it('tells a server that refuses, after the time given to it', async () => {
    const port = await findFreePort();
    const url = withPart((value) => {
      value.port = String(port);
    });
    const lines: string[] = [];
    const error = await failure(open(url, { connectTimeoutMs: 2000, logger: recordingLogger(lines) }));
    expect(error.message).toMatch(/refused the connection: no server listens there/);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^waiting for the database/);
    expect(lines.join()).not.toContain(new URL(url).password);
  });

  it('tells a server that takes connections and never answers', async () => {
    const sockets: net.Socket[] = [];
    const server = net.createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const error = await failure(
      open(
        withPart((url) => {
          url.port = String(port);
        }),
        { connectTimeoutMs: 200 },
      ),
    );
    expect(error.message).toMatch(/did not answer in time/);
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it('waits for a server that comes later', async () => {
    const port = await findFreePort();
    const target = new URL(inject('postgresUrl'));
    const url = withPart((value) => {
      value.port = String(port);
    });
    const lines: string[] = [];
    const opening = open(url, { connectTimeoutMs: 60_000, logger: recordingLogger(lines) });
    while (lines.length === 0) await systemClock.sleep(5);
    const relay = net.createServer((socket) => {
      const far = net.connect(Number(target.port), '127.0.0.1');
      socket.pipe(far).pipe(socket);
      socket.on('error', () => far.destroy());
      far.on('error', () => socket.destroy());
    });
    await new Promise<void>((resolve) => relay.listen(port, '127.0.0.1', resolve));
    const database = await opening;
    await database.ping();
    await database.close();
    relay.close();
  });

  it('refuses a URL that cannot be read, without repeating it', async () => {
    const error = await failure(open('postgresql://u:hidden%@[bad/x'));
    expect(error.code).toBe('bad_request');
    expect(`${error.message} ${error.stack}`).not.toContain('hidden');
  });

  it('stops waiting when the signal is aborted', async () => {
    const url = withPart((value) => {
      value.port = '1';
    });
    const controller = new AbortController();
    const opening = open(url, { connectTimeoutMs: 60_000, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(opening).rejects.toThrow('enough');
  });
});

describe('an open database', () => {
  it('says database_unavailable for a session that the server ends, and goes on with a new one', async () => {
    const test = await createTestDatabase();
    closing.push(test);
    const { pool } = await open(test.url);
    const client = await pool.connect();
    client.on('error', () => {});
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const sleeping = failure(client.query('select pg_sleep(60)'));
    await test.database.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    expect(await sleeping).toMatchObject({ code: 'database_unavailable' });
    client.release(true);
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('says so when all connections are taken', async () => {
    const database = await open(await createEmptyDatabase(), { maxConnections: 1, connectTimeoutMs: 200 });
    const client = await database.pool.connect();
    const error = await failure(database.pool.query('select 1'));
    expect(error.message).toMatch(
      /has no free connection: it does not answer, or database\.max_connections is too small/,
    );
    expect(await failure(sql.raw('select 1').execute(database.db))).toMatchObject({
      code: 'database_unavailable',
    });
    client.release();
    await database.ping();
  });

  it('ends statements at the limit', async () => {
    const database = await open(await createEmptyDatabase(), { statementTimeoutMs: 1000 });
    await expect(database.pool.query('select pg_sleep(60)')).rejects.toMatchObject({ code: '57014' });
    await database.ping();
  });

  it('logs slow queries by text, never with values', async () => {
    const lines: string[] = [];
    let nowMs = 0;
    let stepMs = 0;
    const clock = { ...systemClock, monotonicMs: () => (nowMs += stepMs) };
    const database = await open(await createEmptyDatabase(), { logger: recordingLogger(lines), clock });
    stepMs = 501;
    await database.pool.query('select  $1::text\n as slow', ['private value']);
    await database.pool.query({ name: 'slow-one', text: 'select 1' });
    await sql`select ${'private value'}::text as kysely`.execute(database.db);
    stepMs = 500;
    await database.pool.query('select 1');
    expect(lines).toEqual([
      'slow database query {"durationMs":501,"query":"select $1::text as slow"}',
      'slow database query {"durationMs":501,"query":"slow-one"}',
      'slow database query {"durationMs":501,"query":"select $1::text as kysely"}',
    ]);
  });

  it('ends a ping with its signal', async () => {
    const database = await open(await createEmptyDatabase());
    await expect(database.ping(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    await database.close();
    await database.close();
  });
});

it('gives each test a database of its own with all migrations', async () => {
  const one = await createTestDatabase();
  const two = await createTestDatabase();
  closing.push(one, two);
  await one.database.pool.query('create table only_here (a int)');
  const { rows } = await two.database.pool.query(
    `select to_regclass('only_here') as found, count(*) from schema_migrations`,
  );
  expect(rows[0].found).toBeNull();
  expect(rows[0].count).toBeGreaterThan(0);
});
