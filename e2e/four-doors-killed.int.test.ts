import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyCoverage } from '../src-main/core/segments/verify-coverage.ts';
import { verifyRecordings } from '../src-main/core/segments/verify-recordings.ts';
import { verifyTotals } from '../src-main/core/segments/verify-totals.ts';
import {
  aliasOf,
  type Blow,
  KilledDoors,
  type MadeRecording,
  madeRecordings,
  type Step,
} from './support/killed-doors.ts';

/**
 * The doors of the index, with the product as processes that are killed while they write.
 *
 * `sync/four-doors.int.test.ts` holds interleavings without deaths to the same outcome, many more in the same time.
 */

/** More than a few, of a new seed, when asked for: `KILL_RUNS=50 npx vitest run --project integration four-doors-killed`. */
const RUNS = Number(process.env.KILL_RUNS ?? 2);
const SEED =
  process.env.KILL_RUNS === undefined ? 20_261_122 : Number(process.env.KILL_SEED ?? Date.now() % 2 ** 31);
const LIMIT = { timeout: 90_000 + RUNS * 60_000 };
const SETTLE_LIMIT = { timeout: 60_000, interval: 100 };
/** Media clocks are told by arrivals and by the times of files, which differ by what a node takes to close a file. */
const TOLERANCE_US = { listed: 50_000, arrival: 2_200_000 };

let recordings: MadeRecording[];
let expected: Outcome;

beforeAll(async () => {
  recordings = await madeRecordings();
  const single = await KilledDoors.open(recordings);
  try {
    await single.growAll();
    await single.indexAll();
    expected = await readOutcome(single);
    recordings = await withTold(single);
  } finally {
    await single.close();
  }
});

it('gives the rows of a single pass, whoever was killed how often while they came', LIMIT, async () => {
  await fc.assert(
    fc.asyncProperty(rounds(), async (list) => {
      const doors = await KilledDoors.open(recordings);
      try {
        for (const { blow, steps } of list) await doors.round(steps, blow);
        await doors.finish();
        await expect.poll(() => doors.leftToDo(), SETTLE_LIMIT).toEqual([]);
        const rows = await doors.query<{ path: string }>('select path from segments');
        const known = new Set(rows.map(({ path }) => path));
        expect([...doors.acknowledged].filter((path) => !known.has(path))).toEqual([]);
        await doors.indexAll();
        await expect.poll(() => doors.leftToDo(), SETTLE_LIMIT).toEqual([]);
        expectSame(await readOutcome(doors), expected);
      } finally {
        await doors.close();
      }
    }),
    // Smaller cases are not looked for: each run takes seconds, and no two fall alike.
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  );
});

interface Round {
  readonly steps: Step[];
  readonly blow: Blow;
}

function rounds(): fc.Arbitrary<Round[]> {
  const of = fc.nat({ max: recordings.length - 1 });
  const step = of.chain((which): fc.Arbitrary<Step> => {
    const { lastSeq, told } = recordings[which] as MadeRecording;
    const each = { of: fc.constant(which) };
    const told1: fc.Arbitrary<Step>[] =
      told.length === 0
        ? []
        : [
            fc.record({
              ...each,
              door: fc.constant('report'),
              seq: fc.integer({ min: 1, max: told.length }),
              copies: fc.integer({ min: 1, max: 3 }),
            }),
          ];
    return fc.oneof(
      ...told1,
      fc.record({ ...each, door: fc.constant('node'), upTo: fc.integer({ min: 1, max: lastSeq }) }),
    );
  });
  const index: fc.Arbitrary<Step> = fc.record({ door: fc.constant('index'), of, blow: blow(80) });
  const steps = fc
    .tuple(fc.array(step, { minLength: 2, maxLength: 8 }), fc.option(index, { freq: 2 }))
    .map(([list, last]) => (last ? [...list, last] : list));
  return fc.array(fc.record({ steps, blow: blow(400) }), { minLength: 2, maxLength: 3 });
}

function blow(mostPieces: number): fc.Arbitrary<Blow> {
  return fc.record({
    kind: fc.constantFrom('kill', 'kill', 'end connections', 'away and kill'),
    pieces: fc.noBias(fc.integer({ min: 1, max: mostPieces })),
    isLastLost: fc.boolean(),
    isAtStart: fc.boolean(),
  });
}

/** As its node tells of each, by what one pass found: where it has a list by the wall clock, else by media time. */
async function withTold(doors: KilledDoors): Promise<MadeRecording[]> {
  const rows = await doors.query<{
    path: string;
    seq: number;
    start_ts: string;
    end_ts: string;
    zero_ts: string;
  }>(
    `select s.path, s.seq, s.start_ts, s.end_ts, t.zero_ts from segments s join tracks t on t.id = s.track_id
     where s.track = 'video' order by s.path`,
  );
  return recordings.map((recording) => {
    // What packets that were stored twice spoiled, no node reports; only in order it gets its times.
    if (recording.version === 'head') return recording;
    const own = new Set(recording.files.map(({ path }) => path));
    const told = rows
      .filter(({ path }) => own.has(path))
      .map(({ end_ts, path, seq, start_ts, zero_ts }) => {
        const zeroUs = recording.version === 'push' ? Number(zero_ts) : 0;
        return { seq, path, startUs: Number(start_ts) - zeroUs, endUs: Number(end_ts) - zeroUs };
      });
    return { ...recording, told };
  });
}

/** Rows by table; what is a time may differ a little, nothing else. */
type Outcome = Record<string, Row[]>;
type Row = Record<string, unknown>;

/** Columns named `..._ts` and `..._us` are microseconds. */
const TABLES = {
  recordings: `select node_alias, stream, dir, status, segment_count, size_bytes, place is null as is_nowhere,
    begun_ts is null as is_indexed, start_ts, end_ts from recordings order by node_alias, dir`,
  tracks: `select r.node_alias, r.stream, t.track, t.init_path, t.init_state, t.codec, t.width, t.height, t.channels,
    t.timescale, t.config_hash, t.problem, t.first_seq, t.last_seq
    from tracks t join recordings r on r.id = t.recording_id order by r.node_alias, t.init_path`,
  segments: `select node_alias, stream, track, path, seq, state, problem, size_bytes, is_keyframe, analysis, start_ts,
    end_ts
    from segments order by node_alias, path`,
  coverage: 'select node_alias, stream, track, start_ts, end_ts from coverage order by 1, 2, 3, 4',
  day_totals: `select node_alias, stream, track, day, segment_count, main_count, size_bytes, duration_us
    from day_totals order by 1, 2, 3, 4`,
};

async function readOutcome(doors: KilledDoors): Promise<Outcome> {
  const outcome: Outcome = {};
  for (const [table, text] of Object.entries(TABLES)) outcome[table] = await doors.query<Row>(text);
  const { database } = doors.test;
  outcome.differences = [];
  for await (const each of verifyCoverage(database)) outcome.differences.push({ ...each });
  for await (const each of verifyTotals(database)) outcome.differences.push({ ...each });
  for await (const each of verifyRecordings(database)) outcome.differences.push({ ...each });
  return outcome;
}

function expectSame(found: Outcome, wanted: Outcome): void {
  expect(found.differences).toEqual([]);
  for (const [table, rows] of Object.entries(wanted)) {
    expect(found[table]?.map(exactOf), table).toEqual(rows.map(exactOf));
    const strays = (found[table] ?? []).filter((row, i) => !isNear(row, rows[i] ?? {}));
    expect(strays, `times of ${table}`).toEqual([]);
  }
}

const isTime = (column: string) => /_(ts|us)$/.test(column);

const exactOf = (row: Row) => Object.fromEntries(Object.entries(row).filter(([column]) => !isTime(column)));

function isNear(row: Row, wanted: Row): boolean {
  const toleranceUs = row.node_alias === aliasOf('push') ? TOLERANCE_US.arrival : TOLERANCE_US.listed;
  return Object.keys(wanted)
    .filter(isTime)
    .every((column) => Math.abs(Number(row[column]) - Number(wanted[column])) <= toleranceUs);
}

afterAll(() => {
  if (process.env.KILL_RUNS !== undefined) console.log(`seed ${SEED}`);
});
