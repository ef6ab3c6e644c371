import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../e2e/support/test-database.ts';
import { isExactClock } from '../../../src-shared/model/segment.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import { systemClock } from '../base/clock.ts';
import { loadTrack, saveExamined } from './analysis-store.ts';
import { removeSegments, retimeSegments } from './change-segments.ts';
import { countCoverage } from './coverage-spans.ts';
import { ReportDoor } from './report-door.ts';
import { inTransaction } from './stream-lock.ts';
import { verifyCoverage } from './verify-coverage.ts';
import { verifyTotals } from './verify-totals.ts';

let test: TestDatabase;
let door: ReportDoor;

beforeAll(async () => {
  test = await createTestDatabase();
  door = new ReportDoor({
    database: test.database,
    clock: systemClock,
    onWritten: () => {},
  });
});
afterAll(() => test.close());

const S = 1_000_000;
/** A minute before midnight, so that spans are cut. */
const BASE = Date.UTC(2026, 4, 1, 23, 59) * 1000;
const NODES = ['a', 'b'] as const;

type Step =
  | { kind: 'report'; node: (typeof NODES)[number]; isAudio: boolean; slots: number[]; isMedia: boolean }
  | { kind: 'retime'; pick: number; shiftMs: number }
  | { kind: 'remove'; picks: number[] }
  | { kind: 'examine'; picks: number[]; sizeBytes: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('report' as const),
      node: fc.constantFrom(...NODES),
      isAudio: fc.boolean(),
      slots: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 6 }),
      isMedia: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('retime' as const),
      pick: fc.nat(),
      shiftMs: fc.integer({ min: -30_000, max: 5000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('remove' as const),
      picks: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('examine' as const),
      picks: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
      sizeBytes: fc.integer({ min: 0, max: 5_000_000 }),
    }),
  },
);

async function run(each: Step): Promise<void> {
  const { db, pool } = test.database;
  if (each.kind === 'report') {
    const offset = each.isMedia ? 0 : BASE;
    const dir = each.isMedia ? 'm' : 'd';
    const segments = each.slots.map((slot) => ({
      start_ts: offset + slot * 5 * S,
      // Some slots leave a hole of 0.5 s, which is merged, some of 2 s, which is not.
      end_ts: offset + (slot * 5 + (slot % 3 === 0 ? 3 : 4.5)) * S,
      duration_ms: 4000,
      path: `${dir}/${each.isAudio ? 'a' : 'v'}_seg_${String(slot + 1).padStart(4, '0')}.m4s`,
      is_keyframe: true,
    }));
    const arrivedAtUs = BASE + Math.max(...each.slots) * 5 * S;
    await door.report({ node_alias: each.node, stream: 'cam', segments }, arrivedAtUs);
    return;
  }
  if (each.kind === 'retime') {
    const { rows } = await pool.query('select id, node_alias from recordings order by id');
    const recording = rows[each.pick % Math.max(1, rows.length)];
    if (!recording) return;
    await inTransaction(db, (trx) =>
      retimeSegments(trx, {
        stream: 'cam',
        nodeAlias: recording.node_alias,
        recordingId: recording.id,
        fromMediaUs: 40 * S,
        shiftUs: each.shiftMs * 1000,
      }),
    );
    return;
  }
  const { rows } = await pool.query('select * from segments order by id');
  if (each.kind === 'examine') {
    for (const row of each.picks.map((pick) => rows[pick % Math.max(1, rows.length)])) {
      const track = row && (await loadTrack(db, row.track_id));
      if (!track) continue;
      const { id, seq } = row;
      const { sizeBytes } = each;
      const examined = {
        id,
        seq,
        sizeBytes,
        state: 'ok' as const,
        analysis: null,
        writtenMs: null,
        isKeyframe: null,
      };
      await inTransaction(db, (trx) =>
        saveExamined(trx, track, [{ ...examined, problem: null }], null, null),
      );
    }
    return;
  }
  for (const nodeAlias of NODES) {
    const keys = each.picks
      .map((pick) => rows[pick % Math.max(1, rows.length)])
      .filter((row) => row?.node_alias === nodeAlias)
      .map((row) => ({ id: row.id, startUs: row.start_ts }));
    await inTransaction(db, (trx) => removeSegments(trx, { stream: 'cam', nodeAlias }, keys));
  }
}

/** Everything derived, as it is stored and as it follows from the segments. */
async function derived() {
  const { pool } = test.database;
  const { rows: segments } = await pool.query('select * from segments');
  const { rows: coverage } = await pool.query('select * from coverage order by node_alias, track, start_ts');
  const { rows: streams } = await pool.query(
    'select node_alias, track, start_ts, end_ts from recorded_streams order by node_alias, track',
  );
  const { rows: recordings } = await pool.query(
    'select id, start_ts, end_ts, segment_count, size_bytes from recordings order by id',
  );
  const lanes = NODES.flatMap((node) => (['audio', 'video'] as const).map((track) => ({ node, track })));
  const counted = lanes.flatMap(({ node, track }) =>
    countCoverage(
      segments
        .filter((row) => row.node_alias === node && row.track === track)
        .map((row) => ({
          startUs: row.start_ts,
          endUs: row.end_ts,
          isEstimated: !isExactClock(row.clock_source),
        })),
    ).map((span) => ({ node_alias: node, track, ...span })),
  );
  const bounds = lanes.flatMap(({ node, track }) => {
    const own = counted.filter((span) => span.node_alias === node && span.track === track);
    const last = own.at(-1);
    return last ? [{ node_alias: node, track, start_ts: own[0]?.startUs, end_ts: last.endUs }] : [];
  });
  const ofRecordings = [...new Set(segments.map((row) => row.recording_id))].sort().map((id) => {
    const own = segments.filter((row) => row.recording_id === id);
    return {
      id,
      start_ts: Math.min(...own.map((row) => row.start_ts)),
      end_ts: Math.max(...own.map((row) => row.end_ts)),
      segment_count: own.length,
      size_bytes: own.reduce((sum, row) => sum + (row.size_bytes ?? 0), 0),
    };
  });
  const { rows: pictures } = await pool.query(`select recording_id from tracks where track = 'video'`);
  const withPictures = new Set(pictures.map((row) => row.recording_id));
  const { rows: totals } = await pool.query(`
    select stream, node_alias, track, day, segment_count, main_count, size_bytes, duration_us from day_totals
    order by stream, node_alias, track, day`);
  return {
    stored: {
      totals,
      coverage: coverage.map((row) => ({
        node_alias: row.node_alias,
        track: row.track,
        startUs: row.start_ts,
        endUs: row.end_ts,
        isEstimated: row.is_estimated,
      })),
      streams,
      recordings,
    },
    expected: {
      totals: countTotals(segments, withPictures),
      coverage: counted,
      streams: bounds,
      recordings: ofRecordings,
    },
  };
}

interface CountedRow {
  stream: string;
  node_alias: string;
  track: string;
  recording_id: string;
  start_ts: number;
  end_ts: number;
  size_bytes: number | null;
}

function countTotals(segments: readonly CountedRow[], withPictures: ReadonlySet<string>) {
  const totals = new Map<
    string,
    { segment_count: number; main_count: number; size_bytes: number; duration_us: number }
  >();
  for (const { end_ts, node_alias, recording_id, size_bytes, start_ts, stream, track } of segments) {
    const key = JSON.stringify([stream, node_alias, track, Math.floor(start_ts / US_PER_DAY)]);
    const sum = totals.get(key) ?? { segment_count: 0, main_count: 0, size_bytes: 0, duration_us: 0 };
    sum.segment_count += 1;
    if (track === 'video' || !withPictures.has(recording_id)) sum.main_count += 1;
    sum.size_bytes += size_bytes ?? 0;
    sum.duration_us += end_ts - start_ts;
    totals.set(key, sum);
  }
  return [...totals.entries()].sort().map(([key, sum]) => {
    const [stream, node_alias, track, day] = JSON.parse(key);
    return { stream, node_alias, track, day, ...sum };
  });
}

async function differences() {
  const found: unknown[] = [];
  for await (const difference of verifyTotals(test.database)) found.push(difference);
  for await (const difference of verifyCoverage(test.database)) found.push(difference);
  return found;
}

it('equals a recount after any reports, repeats, re-timings and removals, also side by side', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 12 }),
      fc.boolean(),
      async (steps, isParallel) => {
        await test.database.pool.query(
          'truncate recordings, tracks, segments, coverage, recorded_streams, day_totals',
        );
        const repeated = [...steps, ...steps.slice(0, 3)];
        if (isParallel) await Promise.all(repeated.map(run));
        else for (const each of repeated) await run(each);
        const { stored, expected } = await derived();
        expect(stored).toEqual(expected);
        expect(await differences()).toEqual([]);
      },
    ),
    { numRuns: 100 },
  );
});
