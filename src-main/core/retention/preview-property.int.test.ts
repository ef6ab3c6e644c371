import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../../e2e/support/test-database.ts';
import { US_PER_DAY, US_PER_SECOND } from '../../../src-shared/util/units.ts';
import { previewRetention } from './preview-retention.ts';
import { createRetentionBench, NOW_US, type RetentionBench, rule } from './retention-test-kit.ts';
import { runRetention } from './run-retention.ts';

/** Whatever the rules and the rows: the preview says what the run then removes, to the byte and the microsecond. */

const FIRST_US = NOW_US - 6 * US_PER_DAY;
const LAST_MINUTE = 4 * 24 * 60;
/** Recordings begin where days do more often than chance would have it. */
const startMinute = fc.oneof(
  fc.integer({ min: 0, max: LAST_MINUTE }),
  fc.constantFrom(719, 720, 2159, 2160, 3599),
);
const atUs = (minute: number) => FIRST_US + minute * 60 * US_PER_SECOND;

const recording = fc.record({
  stream: fc.constantFrom('cam1', 'cam2', 'door'),
  node: fc.constantFrom('edge', 'core'),
  startMinute,
  offsetUs: fc.integer({ min: 0, max: 59_999_999 }),
  lagUs: fc.integer({ min: 0, max: 3 * US_PER_SECOND }),
  count: fc.integer({ min: 1, max: 14 }),
  segmentBytes: fc.integer({ min: 1, max: 900 }),
});
const mark = fc.record({
  stream: fc.constantFrom('cam1', 'cam2', ''),
  startMinute,
  lengthSec: fc.integer({ min: 0, max: 120 }),
});
const ruleInput = fc.record({
  streams: fc.uniqueArray(fc.constantFrom('cam1', 'cam2', 'door', 'cam*', '*'), {
    minLength: 1,
    maxLength: 2,
  }),
  keepDays: fc.option(fc.integer({ min: 1, max: 6 })),
  maxBytes: fc.option(fc.integer({ min: 1, max: 20_000 })),
});

interface Row {
  id: string;
  stream: string;
  node_alias: string;
  track: string;
  start_ts: number;
  end_ts: number;
  size_bytes: number;
}

let bench: RetentionBench;
beforeAll(async () => {
  bench = await createRetentionBench(await createTestDatabase());
});
afterAll(() => bench?.close());

const readRows = (): Promise<Row[]> =>
  bench.query(
    'select id, stream, node_alias, track, start_ts, end_ts, size_bytes from segments order by start_ts, end_ts',
  );
const dayOf = (timeUs: number) => Math.floor(timeUs / US_PER_DAY);

function sums(rows: readonly Row[]): { segments: number; bytes: number } {
  return { segments: rows.length, bytes: rows.reduce((sum, row) => sum + row.size_bytes, 0) };
}

/** How much of a day the rows cover, where those of a lane that are at most a second apart touch. */
function coveredUs(rows: readonly Row[], day: number): number {
  const reached = new Map<string, number>();
  const spans: [number, number][] = [];
  for (const row of rows) {
    const startUs = Math.max(row.start_ts, day * US_PER_DAY);
    const endUs = Math.min(row.end_ts, (day + 1) * US_PER_DAY);
    if (endUs <= startUs) continue;
    const lane = `${row.node_alias} ${row.track}`;
    const before = reached.get(lane) ?? Number.NEGATIVE_INFINITY;
    const isJoined = startUs > before && startUs - before <= US_PER_SECOND;
    spans.push([isJoined ? before : startUs, endUs]);
    reached.set(lane, Math.max(before, endUs));
  }
  spans.sort((a, b) => a[0] - b[0]);
  let [sumUs, untilUs] = [0, Number.NEGATIVE_INFINITY];
  for (const [startUs, endUs] of spans) {
    sumUs += Math.max(0, endUs - Math.max(startUs, untilUs));
    untilUs = Math.max(untilUs, endUs);
  }
  return sumUs;
}

it('says what then goes, of any rules and rows', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(recording, { minLength: 1, maxLength: 6 }),
      fc.array(mark, { maxLength: 2 }),
      fc.array(ruleInput, { minLength: 1, maxLength: 3 }),
      async (recordings, marks, inputs) => {
        await bench.clear();
        for (const {
          count,
          lagUs,
          node,
          offsetUs,
          segmentBytes,
          startMinute: minute,
          stream,
        } of recordings) {
          const dir = await bench.record(stream, atUs(minute) + offsetUs, count, { node, lagUs });
          await bench.query(
            'update segments set size_bytes = $1 where path like $2',
            segmentBytes,
            `${dir}/%`,
          );
        }
        for (const { lengthSec, startMinute: minute, stream } of marks) {
          await bench.query(
            `insert into bookmarks (stream, start_ts, end_ts, is_protected) values ($1, $2, $3, true)`,
            stream,
            atUs(minute),
            atUs(minute) + lengthSec * US_PER_SECOND,
          );
        }
        const rules = inputs.map(({ streams, ...limits }, i) => ({
          ...rule(streams, limits),
          id: `rule ${i}`,
        }));
        const before = await readRows();
        const preview = await previewRetention(bench.database, rules, NOW_US);
        const run = await runRetention(bench.tools, async () => rules);
        const left = new Set((await readRows()).map(({ id }) => id));
        const gone = before.filter(({ id }) => !left.has(id));

        expect(run).toMatchObject({ state: 'done', ...sums(gone) });
        const { bytes, segments } = preview;
        expect({ bytes, segments }).toEqual(sums(gone));
        const streams = new Set(gone.map(({ stream }) => stream));
        const previewed = preview.streams.filter((entry) => entry.segments > 0);
        expect(new Set(previewed.map(({ stream }) => stream))).toEqual(streams);
        for (const entry of previewed) {
          const rows = gone.filter(({ stream }) => stream === entry.stream);
          const days = [...new Set(rows.map((row) => dayOf(row.start_ts)))];
          expect(entry.days).toEqual(
            days.map((day) => ({
              day,
              ...sums(rows.filter((row) => dayOf(row.start_ts) === day)),
              durationUs: coveredUs(rows, day),
            })),
          );
          const touched = new Set(rows.flatMap((row) => [dayOf(row.start_ts), dayOf(row.end_ts - 1)]));
          const durationUs = [...touched].reduce((sum, day) => sum + coveredUs(rows, day), 0);
          expect(entry).toMatchObject({ ...sums(rows), durationUs });
        }
        expect(preview.durationUs).toBe(preview.streams.reduce((sum, entry) => sum + entry.durationUs, 0));
        for (const { bytes: ruleBytes, ruleId } of preview.rules) {
          const ofRule = preview.streams.filter((entry) => entry.ruleId === ruleId);
          expect(ruleBytes).toBe(ofRule.reduce((sum, entry) => sum + entry.bytes, 0));
        }
        expect(await previewRetention(bench.database, rules, NOW_US)).toMatchObject({
          segments: 0,
          durationUs: 0,
        });
        expect(await bench.contradictions()).toEqual([]);
      },
    ),
    { numRuns: 25 },
  );
}, 180_000);
