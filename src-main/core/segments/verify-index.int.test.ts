import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import { systemClock } from '../base/clock.ts';
import { retimeSegments } from './change-segments.ts';
import type { IndexScope } from './index-days.ts';
import { ReportDoor } from './report-door.ts';
import { SegmentPartitions } from './segment-partitions.ts';
import { inTransaction } from './stream-lock.ts';
import { repairCoverage, verifyBounds, verifyCoverage, verifyLongest } from './verify-coverage.ts';
import { repairTotals, verifyTotals } from './verify-totals.ts';

/** Stored totals and coverage that are wrong are found and put right. */

const S = 1_000_000;
const DAY = Math.floor(Date.UTC(2026, 4, 3) / 86_400_000);
const MIDNIGHT = DAY * US_PER_DAY;
let test: TestDatabase;
let door: ReportDoor;

const query = async (text: string, ...values: unknown[]) =>
  (await test.database.pool.query(text, values)).rows;

async function collect<T>(found: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of found) all.push(each);
  return all;
}

const totals = (scope?: IndexScope) => collect(verifyTotals(test.database, scope));
const coverage = (scope?: IndexScope) => collect(verifyCoverage(test.database, scope));

async function report(stream: string, startsUs: readonly number[], nodeAlias = 'a'): Promise<void> {
  const segments = startsUs.map((startUs) => ({
    start_ts: startUs,
    end_ts: startUs + 10 * S,
    duration_ms: 10_000,
    path: `${stream}/${Math.floor((startUs - MIDNIGHT + 400 * US_PER_DAY) / US_PER_DAY)}/v_seg_${Math.floor((startUs % US_PER_DAY) / S)}.m4s`,
    is_keyframe: true,
  }));
  await door.report({ node_alias: nodeAlias, stream, segments }, Date.now() * 1000);
}

beforeAll(async () => {
  test = await createTestDatabase();
  door = new ReportDoor({ database: test.database, clock: systemClock, onWritten: () => {} });
});
afterAll(() => test.close());
beforeEach(async () => {
  await query('truncate recordings, tracks, segments, coverage, recorded_streams, day_totals');
  await report('cam1', [MIDNIGHT - 20 * S, MIDNIGHT - 5 * S, MIDNIGHT + 60 * S]);
  await report('cam1', [MIDNIGHT + 40 * US_PER_DAY], 'b');
  await report('cam2', [MIDNIGHT + 5 * S]);
});

it('finds nothing where nothing is wrong', async () => {
  expect(await totals()).toEqual([]);
  expect(await coverage()).toEqual([]);
  expect(
    await query('select stream, day, node_alias, segment_count, duration_us from day_totals order by 1, 2'),
  ).toEqual([
    { stream: 'cam1', day: DAY - 1, node_alias: 'a', segment_count: 2, duration_us: 20 * S },
    { stream: 'cam1', day: DAY, node_alias: 'a', segment_count: 1, duration_us: 10 * S },
    { stream: 'cam1', day: DAY + 40, node_alias: 'b', segment_count: 1, duration_us: 10 * S },
    { stream: 'cam2', day: DAY, node_alias: 'a', segment_count: 1, duration_us: 10 * S },
  ]);
});

it('finds wrong, missing and left-over totals, and repairs them', async () => {
  await query(`update day_totals set size_bytes = 7 where stream = 'cam1' and day = ${DAY}`);
  await query(`delete from day_totals where stream = 'cam2'`);
  await query(`insert into day_totals values ('cam0', 5, 'x', 'audio', 1, 2, 3, 1)`);
  const found = await totals();
  expect(found).toEqual([
    {
      stream: 'cam0',
      day: 5,
      nodeAlias: 'x',
      track: 'audio',
      stored: { segmentCount: 1, mainCount: 1, sizeBytes: 2, durationUs: 3 },
      counted: null,
    },
    {
      stream: 'cam1',
      day: DAY,
      nodeAlias: 'a',
      track: 'video',
      stored: { segmentCount: 1, mainCount: 1, sizeBytes: 7, durationUs: 10 * S },
      counted: { segmentCount: 1, mainCount: 1, sizeBytes: 0, durationUs: 10 * S },
    },
    expect.objectContaining({ stream: 'cam2', day: DAY, stored: null }),
  ]);
  expect(await totals({ stream: 'cam1', toDay: DAY - 1 })).toEqual([]);
  expect(await totals({ fromDay: DAY, toDay: DAY })).toHaveLength(2);
  for (const { stream, day } of found) {
    await repairTotals(test.database, { stream, fromDay: day, toDay: day });
  }
  expect(await totals()).toEqual([]);
});

it('repairs totals beside writers', async () => {
  await query('update day_totals set segment_count = segment_count + 1000');
  const starts = Array.from({ length: 100 }, (_, i) => MIDNIGHT + (100 + i * 10) * S);
  await Promise.all([
    ...starts.map((startUs) => report('cam1', [startUs])),
    ...Array.from({ length: 5 }, () =>
      repairTotals(test.database, { stream: 'cam1', fromDay: DAY - 1, toDay: DAY + 40 }),
    ),
  ]);
  expect(await totals({ stream: 'cam1' })).toEqual([]);
});

it('finds coverage that does not follow from the segments, and repairs it', async () => {
  // The rest of a segment that starts on the day before, where no other is.
  await query(`delete from coverage where start_ts = ${MIDNIGHT} and stream = 'cam1'`);
  await query(`update coverage set is_estimated = true where stream = 'cam2'`);
  await query(`insert into coverage values ('cam9', 'video', 'x', 1, 2, false)`);
  const found = await coverage();
  expect(found).toEqual([
    { stream: 'cam1', day: DAY, nodeAlias: 'a', track: 'video', wrongSpans: 0, missingSpans: 1 },
    { stream: 'cam2', day: DAY, nodeAlias: 'a', track: 'video', wrongSpans: 1, missingSpans: 1 },
    { stream: 'cam9', day: 0, nodeAlias: 'x', track: 'video', wrongSpans: 1, missingSpans: 0 },
  ]);
  for (const { missingSpans, wrongSpans, ...place } of found) await repairCoverage(test.database, place);
  expect(await coverage()).toEqual([]);
});

it('repairs coverage of a lane whose bounds are lost', async () => {
  await query(`delete from coverage where stream = 'cam2'`);
  await query(`delete from recorded_streams where stream = 'cam2'`);
  const [place] = await coverage();
  expect(place).toMatchObject({ stream: 'cam2', missingSpans: 1 });
  await repairCoverage(test.database, place!);
  expect(await coverage()).toEqual([]);
  expect(await query(`select start_ts, end_ts from recorded_streams where stream = 'cam2'`)).toEqual([
    { start_ts: MIDNIGHT + 5 * S, end_ts: MIDNIGHT + 15 * S },
  ]);
});

it('keeps totals right where segments move between partitions', async () => {
  // Four years ahead no partition is made; one that is made later takes the rows over.
  const far = MIDNIGHT + 1500 * US_PER_DAY;
  await report('cam3', [far]);
  const place = `select tableoid::regclass::text as place from segments where stream = 'cam3'`;
  expect(await query(place)).toEqual([{ place: 'segments_other' }]);
  const later = { ...systemClock, nowMs: () => far / 1000 };
  await new SegmentPartitions(test.database.db, later).ensure([far]);
  expect(await query(place)).not.toEqual([{ place: 'segments_other' }]);
  expect(await totals()).toEqual([]);

  await query(`update segments set media_start_us = 0 where stream = 'cam3'`);
  const [recording] = await query(`select id from recordings where stream = 'cam3'`);
  await new SegmentPartitions(test.database.db, later).ensure([far - 8 * US_PER_DAY]);
  await inTransaction(test.database.db, (trx) =>
    retimeSegments(trx, {
      stream: 'cam3',
      nodeAlias: 'a',
      recordingId: recording.id,
      fromMediaUs: 0,
      shiftUs: -8 * US_PER_DAY,
    }),
  );
  expect(await query(`select day from day_totals where stream = 'cam3'`)).toEqual([{ day: DAY + 1492 }]);
  expect(await totals()).toEqual([]);
  expect(await coverage()).toEqual([]);
});

it('finds streams that the list lost, has in vain or with other bounds, and repairs it', async () => {
  await report('cam3', [MIDNIGHT + 5 * S]);
  const right = await query('select * from recorded_streams order by stream, node_alias');
  await query(`delete from recorded_streams where stream = 'cam1' and node_alias = 'a'`);
  await query(`update recorded_streams set end_ts = end_ts + 5 where stream = 'cam2'`);
  await query(`insert into recorded_streams values ('cam8', 'x', 'video', 1, 2, 1)`);
  const found = await collect(verifyBounds(test.database));
  expect(found.map(({ counted, stored, stream }) => [stream, stored !== null, counted !== null])).toEqual([
    ['cam1', false, true],
    ['cam2', true, true],
    ['cam8', true, false],
  ]);
  expect(await collect(verifyBounds(test.database, { stream: 'cam3' }))).toEqual([]);
  for (const difference of found) await repairCoverage(test.database, difference);
  expect(await collect(verifyBounds(test.database))).toEqual([]);
  expect(await query('select * from recorded_streams order by stream, node_alias')).toEqual(right);
});

it('finds a lane whose longest segment is longer than is said, and repairs it before its coverage', async () => {
  expect(await collect(verifyLongest(test.database))).toEqual([]);
  const right = await query('select * from recorded_streams order by stream, node_alias');
  await query(`update recorded_streams set longest_us = 3 where stream = 'cam1'`);
  const found = await collect(verifyLongest(test.database));
  expect(found).toMatchObject([
    { stream: 'cam1', nodeAlias: 'a', storedUs: 3, countedUs: 10 * S },
    { stream: 'cam1', nodeAlias: 'b', day: DAY + 40, storedUs: 3, countedUs: 10 * S },
  ]);
  for (const difference of found) await repairCoverage(test.database, difference);
  expect(await collect(verifyLongest(test.database))).toEqual([]);
  expect(await query('select * from recorded_streams order by stream, node_alias')).toEqual(right);
  expect(await coverage()).toEqual([]);
});
