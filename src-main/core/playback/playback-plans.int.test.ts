import { randomUUID } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AT_US, fillIndex, HOUR_US, SEGMENTS, TIMESCALE, weeksOf } from '../../../e2e/support/plans-index.ts';
import {
  rowsRead,
  type WatchedDatabase,
  watchDatabase,
  wholeReads,
} from '../../../e2e/support/statement-plans.ts';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import { unexaminedInRange } from '../segments/analysis-store.ts';
import { timelinePage } from '../segments/segment-queries.ts';
import { FsStore } from '../storage/fs-store.ts';
import { readPlaybackMedia, readSegment } from './playback-queries.ts';
import { createPlaybackService } from './playback-service.ts';

/** Playlists and media read the rows they are made of, in their week. */

let test: TestDatabase;
let watched: WatchedDatabase;
let database: Database;

beforeAll(async () => {
  test = await createTestDatabase();
  await fillIndex(test.database.pool);
  watched = watchDatabase(test.database);
  database = watched.database;
});
afterAll(() => test?.close());

const scansOf: WatchedDatabase['scansOf'] = (work) => watched.scansOf(work);

it('a playlist reads the segments of its range, in one week', async () => {
  const range = { startUs: AT_US, endUs: AT_US + HOUR_US };
  const { ran, planned } = await scansOf(async () => {
    await unexaminedInRange(database.db, 'cam-3', range, 100);
    await readPlaybackMedia(database, 'cam-3', range);
  });
  expect(wholeReads(ran, SEGMENTS)).toEqual([]);
  // Two statements, an hour of six segments of each track and what may reach into it.
  expect(rowsRead(ran, SEGMENTS)).toBeLessThanOrEqual(2 * 2 * 16);
  expect(weeksOf(planned).size).toBe(1);
});

it.each([
  ['that is where it was', 0],
  ['that was moved since', 1_234_567],
])('a media segment %s is found in its week, without a search of the stream', async (_, movedUs) => {
  const { segments } = await timelinePage(database, 'cam-3', { startUs: AT_US, limit: 1, offset: 0 });
  const [segment] = segments;
  const ask = () => readSegment(database, 'cam-3', segment?.id ?? '', (segment?.start_ts ?? 0) + movedUs);
  expect((await ask())?.segment.id).toBe(segment?.id);
  const { ran, planned } = await scansOf(ask);
  expect(rowsRead(ran, SEGMENTS)).toBeLessThanOrEqual(2 * 2 * 6);
  expect(weeksOf(planned).size).toBe(1);
});

it('a media segment that is gone is looked for around its time only', async () => {
  const { ran, planned } = await scansOf(() => readSegment(database, 'cam-3', randomUUID(), AT_US));
  expect(rowsRead(ran, SEGMENTS)).toBeLessThanOrEqual(2 * 2 * 6);
  expect(weeksOf(planned).size).toBe(1);
});

it('a media segment that DASH names by track and time is found without a search of the stream', async () => {
  const { rows } = await test.database.pool.query(
    `select t.id, s.start_ts - t.zero_ts as since_us from segments s join tracks t on t.id = s.track_id
     where s.stream = 'cam-3' and s.start_ts >= $1 order by s.start_ts limit 1`,
    [AT_US],
  );
  const name = `${rows[0].id}-t${(rows[0].since_us / 1_000_000) * TIMESCALE}.m4s`;
  const playback = createPlaybackService({
    database,
    // Not there: what is asked of the index is all that counts.
    store: new FsStore(path.join(os.tmpdir(), randomUUID())),
    index: { ensureAnalysed: () => Promise.resolve() },
    clock: systemClock,
    logger: silentLogger,
  });
  const { ran, planned } = await scansOf(() =>
    expect(playback.segment('cam-3', name)).rejects.toMatchObject({ code: 'storage_unavailable' }),
  );
  expect(rowsRead(ran, SEGMENTS)).toBeLessThanOrEqual(16);
  expect(weeksOf(planned).size).toBe(1);
});
