import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../../e2e/support/test-database.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import { FsStore } from '../storage/fs-store.ts';
import type { Removal } from '../storage/object-store.ts';
import { previewRetention } from './preview-retention.ts';
import { createRetentionBench, NOW_US, type RetentionBench, rule } from './retention-test-kit.ts';
import { runRetention } from './run-retention.ts';

/** Whatever was recorded and marked, and wherever a run is cut off: what should stay stays, the rest goes. */

const S = 1_000_000;
const FIRST_US = NOW_US - 6 * US_PER_DAY;
const KEEP_DAYS = 4;
const MARGIN_US = 10 * S;

let bench: RetentionBench;
beforeAll(async () => {
  bench = await createRetentionBench(await createTestDatabase());
});
afterAll(() => bench?.close());

/** Ends the program at the call with this number, before or after it did its work. */
class CutOffStore extends FsStore {
  #calls = 0;

  constructor(
    private readonly atCall: number,
    private readonly isAfter: boolean,
  ) {
    super(bench.root);
  }

  override async remove(paths: readonly string[]): Promise<Removal> {
    this.#calls += 1;
    if (this.#calls !== this.atCall) return super.remove(paths);
    if (this.isAfter) await super.remove(paths.slice(0, Math.ceil(paths.length / 2)));
    throw new Error('cut off');
  }
}

const recording = fc.record({
  stream: fc.constantFrom('cam1', 'cam2', 'kept'),
  node: fc.constantFrom('edge', 'core'),
  startMinute: fc.integer({ min: 0, max: 4 * 24 * 60 }),
  count: fc.integer({ min: 1, max: 12 }),
  isDated: fc.boolean(),
});
const mark = fc.record({
  stream: fc.constantFrom('cam1', 'cam2', ''),
  startMinute: fc.integer({ min: 0, max: 4 * 24 * 60 }),
  lengthSec: fc.integer({ min: 0, max: 3600 }),
  isProtected: fc.boolean(),
});

const at = (minute: number) => FIRST_US + minute * 60 * S;

it('leaves what is young or protected, and nothing else, after any crash', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(recording, { minLength: 1, maxLength: 6 }),
      fc.array(mark, { maxLength: 3 }),
      fc.integer({ min: 1, max: 6 }),
      fc.boolean(),
      async (recordings, marks, atCall, isAfter) => {
        await bench.clear();
        for (const { count, isDated, node, startMinute, stream } of recordings) {
          // Recordings of one stream on one node follow each other; the folder of a day is used by several.
          const dir = isDated ? `${node}/${stream}/2026/05/14` : `${stream}/${node}-${startMinute}`;
          await bench.record(stream, at(startMinute), count, { node, dir });
        }
        for (const { isProtected, lengthSec, startMinute, stream } of marks) {
          await bench.query(
            `insert into bookmarks (stream, start_ts, end_ts, is_protected) values ($1, $2, $3, $4)`,
            stream,
            at(startMinute),
            at(startMinute) + lengthSec * S,
            isProtected,
          );
        }
        const cutoffUs = NOW_US - KEEP_DAYS * US_PER_DAY;
        const all = await bench.query(
          'select id, stream, start_ts, end_ts, path, recording_id from segments',
        );
        const staying = all.filter(
          (row) =>
            row.stream === 'kept' ||
            row.end_ts > cutoffUs ||
            marks.some(
              ({ isProtected, lengthSec, startMinute, stream }) =>
                isProtected &&
                (stream === '' || stream === row.stream) &&
                row.end_ts > at(startMinute) - MARGIN_US &&
                row.start_ts < at(startMinute) + lengthSec * S + MARGIN_US,
            ),
        );
        const rules = [rule(['cam*'], { keepDays: KEEP_DAYS })];
        const preview = await previewRetention(bench.database, rules, NOW_US);
        expect(preview.segments).toBe(all.length - staying.length);

        const cutOff = new CutOffStore(atCall, isAfter);
        await runRetention({ ...bench.tools, store: cutOff }, async () => rules);
        const run = await runRetention(bench.tools, async () => rules);
        expect(run.state).toBe('done');
        const left = await bench.query('select id from segments');
        expect(left.map(({ id }) => id).sort()).toEqual(staying.map(({ id }) => id).sort());
        expect(await bench.contradictions()).toEqual([]);

        const files = await bench.files();
        const media = files.filter((file) => /seg_\d+\.m4s$/.test(file));
        expect(media).toEqual([...new Set(staying.map(({ path }) => path))].sort());
        const dirs = new Set(staying.map(({ path }) => path.slice(0, path.lastIndexOf('/'))));
        const inits = files.filter((file) => file.endsWith('v_init.m4s'));
        expect(inits).toEqual([...dirs].map((dir) => `${dir}/v_init.m4s`).sort());
      },
    ),
    { numRuns: 12 },
  );
}, 180_000);
