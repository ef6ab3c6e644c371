import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { FsStore } from '../storage/fs-store.ts';
import { createSegmentIndex, type SegmentIndex } from './segment-index.ts';

/** What is asked of the index: timeline, names, coverage, days, instants. */

let test: TestDatabase;
let root: string;
let index: SegmentIndex;

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  await test.database.pool.query('truncate recordings, tracks, segments, coverage, recorded_streams');
  root = await mkdtemp(path.join(os.tmpdir(), 'index-questions-'));
  index = createSegmentIndex({
    database: test.database,
    store: new FsStore(root),
    clock: systemClock,
    logger: silentLogger,
  });
});
afterEach(async () => {
  await index.close();
  await rm(root, { recursive: true, force: true });
});

const S = 1_000_000;
const ZERO = Date.UTC(2026, 10, 22, 11) * 1000;

async function query(text: string) {
  const { rows } = await test.database.pool.query(text);
  return rows;
}

const seg = (stream: string, dir: string, seq: number, start: number, end: number, node_alias = 'a') =>
  index.report(
    {
      node_alias,
      stream,
      segments: [
        {
          start_ts: ZERO + start * S,
          end_ts: ZERO + end * S,
          duration_ms: (end - start) * 1000,
          path: `${dir}_seg_${String(seq).padStart(4, '0')}.m4s`,
          is_keyframe: true,
        },
      ],
    },
    0,
  );

beforeEach(async () => {
  // Pictures and sound; a gap of node a that node b fills; a recording with sound alone.
  for (let i = 0; i < 6; i += 1) {
    await seg('cam', 'cam/1/v', i + 1, i * 10, i * 10 + 10);
    await seg('cam', 'cam/1/a', i + 1, i * 10, i * 10 + 10);
  }
  await seg('cam', 'cam/2/v', 1, 100, 110);
  await seg('cam', 'cam/b/v', 1, 50, 105, 'b');
  await seg('cam', 'cam/3/a', 1, 200, 210);
});

it('the timeline has one row per instant of a recording and counts them all', async () => {
  const page = await index.timeline('cam', { limit: 3, offset: 2 });
  expect(page.totalCount).toBe(9);
  expect(page.segments.map((row) => [row.path, (row.start_ts - ZERO) / S])).toEqual([
    ['cam/1/v_seg_0003.m4s', 20],
    ['cam/1/v_seg_0004.m4s', 30],
    ['cam/1/v_seg_0005.m4s', 40],
  ]);
  expect(page.segments[0]?.created_at).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \+00:00$/);
  const bounded = { startUs: ZERO + 60 * S, endUs: ZERO + 100 * S, limit: 100, offset: 0 };
  // Both ends count, and so does a long segment that began before.
  const inRange = await index.timeline('cam', bounded);
  expect(inRange.segments.map((row) => row.path)).toEqual([
    'cam/b/v_seg_0001.m4s',
    'cam/1/v_seg_0006.m4s',
    'cam/2/v_seg_0001.m4s',
  ]);
  expect(inRange.totalCount).toBe(3);
  expect((await index.timeline('cam', { limit: 10, offset: 8 })).segments[0]?.path).toBe(
    'cam/3/a_seg_0001.m4s',
  );
  expect(await index.timeline('nobody', { limit: 10, offset: 0 })).toEqual({ totalCount: 0, segments: [] });
});

it('names and bounds', async () => {
  await seg('other', 'other/1/v', 1, 0, 5);
  expect(await index.recordedNames()).toEqual(['cam', 'other']);
  expect(await index.recordedStreams()).toMatchObject([
    { stream: 'cam', nodes: ['a', 'b'], startUs: ZERO, endUs: ZERO + 210 * S, isRecording: false },
    { stream: 'other', nodes: ['a'] },
  ]);
  const nowSec = (Date.now() * 1000 - ZERO) / S;
  await seg('other', 'other/1/v', 2, Math.floor(nowSec) - 10, Math.floor(nowSec));
  expect((await index.recordedStreams())[1]?.isRecording).toBe(true);
});

it('coverage per node, as coarse as asked for', async () => {
  const spans = async (fromSec: number, toSec: number, resolutionSec: number, streams = ['cam']) =>
    (
      await index.coverage(
        streams,
        { startUs: ZERO + fromSec * S, endUs: ZERO + toSec * S },
        resolutionSec * S,
      )
    ).map(({ stream, nodes }) => [
      stream,
      ...nodes.map(({ alias, spans: found }) => [
        alias,
        ...found.map((span) => [(span.startUs - ZERO) / S, (span.endUs - ZERO) / S]),
      ]),
    ]);
  expect(await spans(-10, 1000, 0)).toEqual([
    ['cam', ['a', [0, 60], [100, 110], [200, 210]], ['b', [50, 105]]],
  ]);
  expect(await spans(-10, 1000, 50)).toEqual([['cam', ['a', [0, 110], [200, 210]], ['b', [50, 105]]]]);
  expect(await spans(-10, 1000, 500)).toEqual([['cam', ['a', [0, 210]], ['b', [50, 105]]]]);
  expect(await spans(55, 102, 0)).toEqual([['cam', ['b', [55, 102]], ['a', [55, 60], [100, 102]]]]);
  expect(await spans(300, 400, 0, ['nobody', 'cam', 'cam'])).toEqual([['nobody'], ['cam']]);
});

it('days of a month, nothing counted twice', async () => {
  const evening = Date.UTC(2026, 9, 31, 22, 30) * 1000;
  const near = (evening - ZERO) / S;
  await seg('late', 'late/1/v', 1, near, near + 3600);
  await seg('late', 'late/b/v', 1, near + 1800, near + 7200, 'b');
  const days = await index.days('2026-11', 'Europe/Berlin', ['late']);
  expect(days).toHaveLength(30);
  // From 23:30 to 1:30 in Berlin, all but its first half hour in November.
  expect(days[0]).toMatchObject({ day: '2026-11-01', coveredUs: 5400 * S });
  expect((await index.days('2026-10', 'Europe/Berlin', ['late'])).at(-1)).toMatchObject({
    coveredUs: 1800 * S,
  });
  const all = await index.days('2026-11', 'UTC');
  expect(all.find(({ day }) => day === '2026-11-22')?.coveredUs).toBe(120 * S);
  await expect(index.days('2026-11', 'Nowhere/Town')).rejects.toMatchObject({ code: 'bad_request' });
});

it('what lies under an instant', async () => {
  const at = (sec: number) => index.instant('cam', ZERO + sec * S);
  expect(await at(25)).toMatchObject({
    segment: {
      path: 'cam/1/v_seg_0003.m4s',
      node: 'a',
      fillsGapOf: null,
      droppedSamples: 0,
      problem: null,
    },
    beforeUs: null,
    afterUs: null,
  });
  expect((await at(80)).segment).toMatchObject({ node: 'b', fillsGapOf: 'a' });
  expect((await at(205)).segment).toMatchObject({ path: 'cam/3/a_seg_0001.m4s' });
  expect(await at(150)).toEqual({ segment: null, beforeUs: ZERO + 110 * S, afterUs: ZERO + 200 * S });
  expect(await at(-5)).toEqual({ segment: null, beforeUs: null, afterUs: ZERO });
  expect(await at(210)).toEqual({ segment: null, beforeUs: ZERO + 210 * S, afterUs: null });
  // A hole too short to be a gap.
  await seg('cam', 'cam/3/a', 2, 210.5, 220);
  expect((await at(210.2)).segment).toMatchObject({ path: 'cam/3/a_seg_0002.m4s' });
});

it('finds the index of the page, not the whole table', async () => {
  const plan = await query(
    `explain select count(*) from segments where stream = 'cam' and start_ts >= ${ZERO} and start_ts <= ${ZERO + 100 * S}`,
  );
  const text = plan.map((row) => row['QUERY PLAN']).join('\n');
  expect(text.match(/segments_w\d+/g)?.every((name) => name === text.match(/segments_w\d+/)?.[0])).toBe(true);
});
