import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type DatabaseGate, startDatabaseGate } from '../../../e2e/support/database-gate.ts';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { type Database, openDatabase } from '../db/database.ts';
import { ReportJournal } from '../journal/report-journal.ts';
import { SetAsideReports } from '../journal/set-aside-reports.ts';
import type { SegmentReport } from './report-check.ts';
import { ReportDoor } from './report-door.ts';

const S = 1_000_000;
const NOON = Date.UTC(2026, 4, 1, 12) * 1000;

let test: TestDatabase;
let gate: DatabaseGate;
let database: Database;
let folder: string;
let journal: ReportJournal;
let door: ReportDoor;

beforeAll(async () => {
  test = await createTestDatabase();
  gate = await startDatabaseGate(test.url);
});
afterAll(async () => {
  await gate.close();
  await test.close();
});

beforeEach(async () => {
  await test.database.pool.query('truncate recordings, tracks, segments, coverage, recorded_streams');
  folder = await mkdtemp(path.join(tmpdir(), 'liveman-journal-'));
  gate.set('open');
  await start();
});
afterEach(async () => {
  gate.set('open');
  await stop();
  await rm(folder, { recursive: true });
});

async function start(maxBytes = 1e9): Promise<void> {
  journal = await ReportJournal.open({ folder, maxBytes, logger: silentLogger, nowMs: Date.now });
  database = await openDatabase({
    url: gate.url,
    maxConnections: 5,
    connectTimeoutMs: 1000,
    logger: silentLogger,
    clock: systemClock,
    statementTimeoutMs: 2000,
  });
  door = new ReportDoor({
    database,
    clock: systemClock,
    journal,
    onWritten: () => {},
    patienceMs: 1000,
  });
  door.start();
}

async function stop(): Promise<void> {
  await door.close();
  await journal.close();
  await database.close();
}

/** The nth segment of a recording, on the wall clock. */
function nth(n: number, stream = 'cam1'): SegmentReport {
  const start_ts = NOON + n * 10 * S;
  const path = `${stream}/1777636800/seg_${String(n + 1).padStart(4, '0')}.m4s`;
  const segment = { start_ts, end_ts: start_ts + 10 * S, duration_ms: 10_000, path, is_keyframe: true };
  return { node_alias: 'edge', stream, segments: [segment] };
}

/** The nth segment of a recording, on a media clock. */
function mediaNth(n: number): SegmentReport {
  const start_ts = n * 10 * S;
  const path = `cam2/2026/05/01/seg_${String(n + 1).padStart(4, '0')}.m4s`;
  const segment = { start_ts, end_ts: start_ts + 10 * S, duration_ms: 10_000, path, is_keyframe: true };
  return { node_alias: 'edge', stream: 'cam2', segments: [segment] };
}

async function startsOf(stream: string): Promise<number[]> {
  const { rows } = await test.database.pool.query(
    'select start_ts from segments where stream = $1 order by start_ts',
    [stream],
  );
  return rows.map((row) => (row.start_ts - NOON) / S);
}

const untilDrained = () => vi.waitFor(() => expect(journal.isEmpty).toBe(true), { timeout: 15_000 });

it('acknowledges reports while the tables are not there, as when a dump is restored', async () => {
  const { pool } = test.database;
  await pool.query('alter table segments rename to segments_away');
  try {
    for (const n of [0, 1]) expect(await door.report(nth(n), NOON)).toEqual({ processedCount: 1 });
    expect(journal.status()).toMatchObject({ entryCount: 2 });
  } finally {
    await pool.query('alter table segments_away rename to segments');
  }
  await untilDrained();
  expect(await startsOf('cam1')).toEqual([0, 10]);
});

it('acknowledges reports while the database is away and indexes them when it is back', async () => {
  await door.report(nth(0), NOON);
  await untilDrained();
  gate.set('cut');
  for (const n of [1, 2, 3]) expect(await door.report(nth(n), NOON)).toEqual({ processedCount: 1 });
  // A repeat of what is indexed, and of what is in the journal.
  await door.report(nth(0), NOON);
  await door.report(nth(2), NOON);
  expect(journal.status()).toMatchObject({ entryCount: 5, segmentCount: 5 });
  expect(await startsOf('cam1')).toEqual([0]);
  gate.set('open');
  await untilDrained();
  await door.report(nth(4), NOON);
  expect(await startsOf('cam1')).toEqual([0, 10, 20, 30, 40]);
  expect(journal.status()).toMatchObject({ entryCount: 0, usedBytes: 0 });
});

it('places media times by when the reports came, not by when they were indexed', async () => {
  await door.report(mediaNth(0), NOON + 10 * S);
  gate.set('cut');
  for (const n of [1, 2, 3, 4]) await door.report(mediaNth(n), NOON + (n + 1) * 10 * S + 0.3 * S);
  await stop();
  gate.set('open');
  await start();
  await untilDrained();
  // Half an hour later the session goes on.
  await door.report(mediaNth(180), NOON + 1810 * S);
  expect(await startsOf('cam2')).toEqual([0, 10, 20, 30, 40, 1800]);
  const { rows } = await test.database.pool.query('select count(*)::int as n from recordings');
  expect(rows).toEqual([{ n: 1 }]);
});

it('does not let a node wait for a database that hangs', async () => {
  await door.report(nth(0), NOON);
  gate.set('stalled');
  const answers = Array.from({ length: 20 }, (_, n) => door.report(nth(n), NOON));
  expect(await Promise.all(answers)).toHaveLength(20);
  expect(journal.isEmpty).toBe(false);
  gate.set('open');
  await untilDrained();
  expect(await startsOf('cam1')).toEqual(Array.from({ length: 20 }, (_, n) => n * 10));
});

it('gives up on what hangs when it closes, and loses nothing', async () => {
  await door.report(nth(0), NOON);
  gate.set('stalled');
  const late = door.report(nth(1), NOON);
  const closing = door.close();
  expect(await late).toEqual({ processedCount: 1 });
  await closing;
  await expect(door.report(nth(2), NOON)).rejects.toMatchObject({ code: 'database_unavailable' });
  gate.set('open');
  await stop();
  await start();
  await untilDrained();
  expect(await startsOf('cam1')).toEqual([0, 10]);
});

it('refuses reports in words once the journal is full', async () => {
  await stop();
  await start(500);
  gate.set('cut');
  const answers = await Promise.allSettled([0, 1, 2, 3].map((n) => door.report(nth(n), NOON)));
  const refused = answers.filter((answer) => answer.status === 'rejected');
  expect(refused).toHaveLength(2);
  expect(refused[0]?.reason).toMatchObject({
    code: 'database_unavailable',
    message: expect.stringContaining('is full'),
  });
  gate.set('open');
  await untilDrained();
  await door.report(nth(3), NOON);
  expect(await startsOf('cam1')).toHaveLength(3);
});

it('sets aside a report that the database refuses, and indexes those around it', async () => {
  await test.database.pool.query(
    `alter table recordings add constraint no_bad_stream check (stream <> 'bad') not valid`,
  );
  try {
    gate.set('cut');
    await door.report(nth(0), NOON);
    await door.report(nth(1, 'bad'), NOON);
    await door.report(nth(2), NOON);
    gate.set('open');
    await untilDrained();
    expect(await startsOf('cam1')).toEqual([0, 20]);
    expect(journal.status()).toMatchObject({ setAsideCount: 1 });
    expect(journal.status().setAsideReason).toContain('no_bad_stream');
    expect(await journal.setAside.read()).toMatchObject([{ report: nth(1, 'bad'), arrivedAtUs: NOON }]);
    // Without the journal in between the node itself is told.
    const answer = () => expect(door.report(nth(1, 'bad'), NOON)).rejects.toMatchObject({ code: '23514' });
    await vi.waitFor(answer, { timeout: 10_000 });
  } finally {
    await test.database.pool.query('alter table recordings drop constraint no_bad_stream');
  }
});

it('tries again what was set aside, and gives it up when asked', async () => {
  const { pool } = test.database;
  await pool.query(`alter table recordings add constraint no_bad_stream check (stream <> 'bad') not valid`);
  const reports = new SetAsideReports({
    file: journal.setAside,
    write: (entries) => door.write(entries),
  });
  try {
    gate.set('cut');
    for (const n of [1, 2, 3]) await door.report(nth(n, 'bad'), NOON);
    gate.set('open');
    await untilDrained();
    const { reports: listed, total } = await reports.list(2);
    expect(total).toBe(3);
    expect(listed).toHaveLength(2);
    expect(listed[0]).toMatchObject({
      arrivedAtMs: NOON / 1000,
      node: 'edge',
      stream: 'bad',
      segmentCount: 1,
    });
    const [first, second] = listed.map(({ id }) => id);
    if (!first || !second) throw new Error('two were listed');
    // Nothing has changed: it is refused again, and stays.
    expect(await reports.retry([first])).toEqual({
      indexed: [],
      failed: [{ id: first, reason: expect.stringContaining('no_bad_stream') }],
    });
    gate.set('cut');
    await expect(reports.retry([first])).rejects.toMatchObject({ code: 'database_unavailable' });
    expect(journal.status().setAsideCount).toBe(3);
    gate.set('open');
    await pool.query('alter table recordings drop constraint no_bad_stream');
    await vi.waitFor(async () =>
      expect(await reports.retry([first])).toEqual({ indexed: [first], failed: [] }),
    );
    expect(await startsOf('bad')).toEqual([10]);
    expect(await reports.discard([second, 'unknown'])).toBe(1);
    expect((await reports.list(10)).total).toBe(1);
    // As it is after a start.
    await stop();
    await start();
    expect(journal.status()).toMatchObject({ setAsideCount: 1 });
    expect(journal.status().setAsideReason).toContain('no_bad_stream');
  } finally {
    await pool.query('alter table recordings drop constraint if exists no_bad_stream');
  }
});

it('keeps up while reports go on coming', async () => {
  gate.set('cut');
  let n = 0;
  let isOver = false;
  const senders = Array.from({ length: 20 }, async () => {
    while (!isOver) {
      n += 1;
      await door.report(nth(n), NOON);
    }
  });
  await systemClock.sleep(500);
  gate.set('open');
  await untilDrained();
  const drainedAt = n;
  await vi.waitFor(() => expect(n).toBeGreaterThan(drainedAt + 50));
  isOver = true;
  await Promise.all(senders);
  await untilDrained();
  expect(await startsOf('cam1')).toEqual(Array.from({ length: n }, (_, i) => (i + 1) * 10));
});
