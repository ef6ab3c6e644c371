import { rename } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../e2e/support/test-database.ts';
import type { RetentionRule } from '../../../src-shared/model/retention.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import { AppError } from '../base/errors.ts';
import { FsStore } from '../storage/fs-store.ts';
import type { ObjectStore, Removal } from '../storage/object-store.ts';
import { previewRetention } from './preview-retention.ts';
import {
  createRetentionBench,
  NOW_US,
  type RetentionBench,
  rule,
  SEGMENT_BYTES,
  TODAY,
} from './retention-test-kit.ts';
import { runRetention } from './run-retention.ts';

const S = 1_000_000;
const HOUR = 3600 * S;
const daysAgo = (days: number) => NOW_US - days * US_PER_DAY;
const KEPT_FILE = 'lost+found/x';

let bench: RetentionBench;
beforeAll(async () => {
  bench = await createRetentionBench(await createTestDatabase());
});
afterAll(() => bench?.close());
beforeEach(() => bench.clear());

const run = (rules: RetentionRule[], store: ObjectStore = bench.store) =>
  runRetention({ ...bench.tools, store }, async () => rules);
const preview = (rules: RetentionRule[]) => previewRetention(bench.database, rules, NOW_US);

describe('by age', () => {
  it('removes files, rows and the empty folder, and leaves everything else', async () => {
    await bench.record('cam1', daysAgo(12), 3);
    const young = await bench.record('cam1', daysAgo(2), 3);
    const other = await bench.record('door', daysAgo(12), 1);
    const foreign = `cam1/${Math.floor(daysAgo(12) / S)}/notes.txt`;
    await bench.put(foreign);
    const rules = [rule(['cam*'], { keepDays: 10 })];

    const before = await preview(rules);
    expect(before).toMatchObject({
      segments: 6,
      bytes: 6 * SEGMENT_BYTES,
      durationUs: 30 * S,
      isComplete: true,
    });
    expect(before.streams).toEqual([
      expect.objectContaining({
        stream: 'cam1',
        limit: 'age',
        cutoffUs: daysAgo(10),
        days: [{ day: TODAY - 12, segments: 6, bytes: 600, durationUs: 30 * S }],
        kept: [],
      }),
    ]);
    expect(await run(rules)).toMatchObject({
      state: 'done',
      segments: 6,
      bytes: 600,
      failedObjects: 0,
      problem: null,
    });
    const files = await bench.files();
    expect(files.filter((file) => file.startsWith(young))).toHaveLength(9);
    expect(files.filter((file) => file.startsWith(other))).toHaveLength(5);
    expect(files).toHaveLength(16);
    expect(files).toContain(foreign);
    expect(await bench.query('select stream, start_ts from recordings order by stream')).toEqual([
      { stream: 'cam1', start_ts: daysAgo(2) },
      { stream: 'door', start_ts: daysAgo(12) },
    ]);
    expect(await bench.contradictions()).toEqual([]);
    expect(await preview(rules)).toMatchObject({ segments: 0, streams: [] });
    expect(await run(rules)).toMatchObject({ state: 'done', segments: 0 });
  });

  it('cuts a recording that lasts on, and keeps its init file', async () => {
    const dir = await bench.record('cam1', daysAgo(10) - 30 * S, 8);
    expect(await run([rule(['*'], { keepDays: 10 })])).toMatchObject({ segments: 6 });
    expect((await bench.files()).filter((file) => file.startsWith(dir))).toHaveLength(13);
    expect(await bench.query('select track, first_seq, last_seq from tracks order by track')).toEqual([
      { track: 'audio', first_seq: 4, last_seq: 8 },
      { track: 'video', first_seq: 4, last_seq: 8 },
    ]);
    expect(await bench.contradictions()).toEqual([]);
  });

  it('takes the first rule that matches, and keeps what none does', async () => {
    await bench.record('cam1', daysAgo(12), 1);
    await bench.record('cam2', daysAgo(12), 1);
    await bench.record('yard/7', daysAgo(12), 1);
    const rules = [rule(['cam1'], {}), rule(['cam*', 'ya*'], { keepDays: 5 })];
    expect((await preview(rules)).streams.map(({ stream }) => stream)).toEqual(['cam2', 'yard/7']);
    expect(await preview([])).toMatchObject({ segments: 0, rules: [] });
    await run(rules);
    expect(await bench.query('select distinct stream from segments')).toEqual([{ stream: 'cam1' }]);
    expect(await bench.folders()).toEqual(['cam1', expect.stringMatching(/^cam1\/\d+$/), 'lost+found']);
  });
});

describe('by size', () => {
  it('removes the oldest of all streams of the rule, to the minute', async () => {
    await bench.record('cam1', daysAgo(3), 30);
    await bench.record('cam2', daysAgo(3) + HOUR, 30);
    // 120 segments; 12 in a minute of pictures and sound.
    const rules = [rule(['cam*'], { maxBytes: 100 * SEGMENT_BYTES })];
    const before = await preview(rules);
    expect(before.rules).toEqual([
      {
        ruleId: rules[0]?.id,
        streamCount: 2,
        storedBytes: 120 * SEGMENT_BYTES,
        bytes: before.bytes,
        problem: null,
      },
    ]);
    expect(before.streams.map(({ limit, stream }) => ({ limit, stream }))).toEqual([
      { stream: 'cam1', limit: 'size' },
    ]);
    expect(before.segments).toBeGreaterThanOrEqual(20);
    expect(before.segments).toBeLessThan(20 + 12);
    expect(await run(rules)).toMatchObject({ state: 'done', segments: before.segments });
    const [first] = await bench.query(`select min(start_ts) as start_ts from segments where stream = 'cam1'`);
    expect(first.start_ts).toBe(daysAgo(3) + (before.segments / 2) * 10 * S);
    expect(await bench.contradictions()).toEqual([]);
    expect(await run(rules)).toMatchObject({ segments: 0 });
  });

  it('removes more of the rest where some is protected, and says when that is not enough', async () => {
    await bench.record('cam1', daysAgo(3), 60);
    await bench.query(
      `insert into bookmarks (stream, start_ts, end_ts, label, is_protected) values ('', $1, $2, 'crash', true)`,
      daysAgo(3),
      daysAgo(3) + 295 * S,
    );
    const rules = [rule(['*'], { maxBytes: 90 * SEGMENT_BYTES })];
    const before = await preview(rules);
    expect(before.segments).toBeGreaterThanOrEqual(30);
    expect(before.segments).toBeLessThan(30 + 12);
    expect(before.rules[0]?.problem).toBeNull();
    expect(before.streams[0]?.kept).toEqual([
      expect.objectContaining({ kind: 'bookmark', text: 'The bookmark “crash” protects it.' }),
    ]);
    expect(await run(rules)).toMatchObject({ segments: before.segments });
    const tooSmall = [rule(['*'], { maxBytes: SEGMENT_BYTES })];
    expect((await preview(tooSmall)).rules[0]?.problem).toMatch(/cannot be met/);
    await run(tooSmall);
    expect(await bench.query('select min(start_ts) as a, max(end_ts) as b from segments')).toEqual([
      { a: daysAgo(3), b: daysAgo(3) + 310 * S },
    ]);
    expect(await bench.contradictions()).toEqual([]);
  });
});

describe('keeps', () => {
  const rules = [rule(['*'], { keepDays: 1 })];
  const kept = async () =>
    (await preview(rules)).streams.flatMap((stream) =>
      stream.kept.map(({ kind, segments, text }) => ({ stream: stream.stream, kind, segments, text })),
    );

  it('what an unfinished export needs', async () => {
    await bench.record('cam1', daysAgo(5), 10);
    await bench.query(
      `insert into exports (stream, start_ts, end_ts, state) values ('cam1', $1, $2, 'running')`,
      daysAgo(5) + 40 * S,
      daysAgo(5) + 50 * S,
    );
    expect(await kept()).toEqual([
      { stream: 'cam1', kind: 'export', segments: 6, text: 'An export of it is not finished.' },
    ]);
    expect(await run(rules)).toMatchObject({ segments: 14 });
    await bench.query(`update exports set state = 'done'`);
    expect(await run(rules)).toMatchObject({ segments: 6 });
    expect(await bench.files()).toEqual([KEPT_FILE]);
  });

  it('nothing for an export whose manager is gone for good', async () => {
    const add = `insert into exports (stream, start_ts, end_ts, state, manager_id) values ('cam1', $1, $2, 'waiting', $3)`;
    const manager = '00000000-0000-4000-8000-000000000001';
    await bench.record('cam1', daysAgo(5), 2);
    await bench.query(add, daysAgo(5), daysAgo(5) + 20 * S, manager);
    await bench.query(
      `insert into managers (id, session_id, host, os_user, process_id, version, schema_version, started_at, last_seen_at)
       values ($1, $1, 'desk', 'anna', 1, '1', 1, now(), now())`,
      manager,
    );
    expect(await run(rules)).toMatchObject({ segments: 0 });
    await bench.query('delete from managers');
    expect(await run(rules)).toMatchObject({ segments: 4 });
  });

  it('what is not fetched from its node yet, and what lies there alone', async () => {
    const open = await bench.record('cam1', daysAgo(5), 2);
    const away = await bench.record('cam2', daysAgo(5), 2);
    const add = `insert into node_recordings (node_alias, stream, record, dir, start_ts, node_status, state, source)
      values ('edge', $1, '1', $2, 0, 'completed', $3, $4)`;
    await bench.query(add, 'cam1', open, 'open', null);
    await bench.query(add, 'cam2', away, 'settled', 'node');
    expect(await kept()).toEqual([
      {
        stream: 'cam1',
        kind: 'sync',
        segments: 4,
        text: 'Not all of the recording is fetched from edge yet.',
      },
      {
        stream: 'cam2',
        kind: 'node',
        segments: 4,
        text: 'It lies on edge alone, where nothing can be removed from here.',
      },
    ]);
    expect(await run(rules)).toMatchObject({ state: 'done', segments: 0 });
    await bench.query(`update node_recordings set state = 'acknowledged' where stream = 'cam1'`);
    expect(await run(rules)).toMatchObject({ segments: 4 });
  });

  it('the tail and the init file of what may still be recorded', async () => {
    // Longer than the tail that stays; the recorder has it on its list although it has been silent for days.
    const dir = await bench.record('cam1', daysAgo(5), 80);
    await bench.query(
      `insert into recorders (node_alias, stream, record_dir) values ('edge', 'cam1', $1)`,
      dir,
    );
    expect(await kept()).toEqual([
      { stream: 'cam1', kind: 'recording', segments: 120, text: 'edge may still be recording it.' },
    ]);
    expect(await run(rules)).toMatchObject({ segments: 40 });
    expect(await bench.files()).toContain(`${dir}/v_init.m4s`);
    expect(await bench.contradictions()).toEqual([]);
  });

  it('a file that a later session of the same folder wrote again', async () => {
    const dir = 'cam1/2026/05/10';
    const segment = (startUs: number, n: number) => ({
      start_ts: startUs + n * 10 * S,
      end_ts: startUs + (n + 1) * 10 * S,
      duration_ms: 10_000,
      path: `${dir}/seg_000${n + 1}.m4s`,
      is_keyframe: true,
    });
    await bench.record('cam1', daysAgo(5), 3, { dir });
    await bench.record('cam1', daysAgo(5) + 2 * HOUR, 2, { dir });
    expect(await bench.query('select count(*)::int as count from recordings')).toEqual([{ count: 2 }]);
    expect(segment(0, 0).path).toBe(`${dir}/seg_0001.m4s`);
    const firstHalf = rule(['*'], { maxBytes: 4 * SEGMENT_BYTES });
    expect(await run([firstHalf])).toMatchObject({ segments: 6 });
    expect(await bench.files()).toEqual([
      ...['a_init.m4s', 'a_seg_0001.m4s', 'a_seg_0002.m4s', 'manifest.mpd', 'v_init.m4s', 'v_seg_0001.m4s']
        .concat('v_seg_0002.m4s')
        .map((name) => `${dir}/${name}`),
      KEPT_FILE,
    ]);
    expect(await run(rules)).toMatchObject({ segments: 4 });
    expect(await bench.files()).toEqual([KEPT_FILE]);
    expect(await bench.folders()).toEqual(['lost+found']);
  });
});

describe('when something is in the way', () => {
  const rules = [rule(['*'], { keepDays: 1 })];

  it('keeps the rows of what withstands, tells it, and goes on with the rest', async () => {
    const dir = await bench.record('cam1', daysAgo(5), 2);
    await bench.record('cam2', daysAgo(5), 2);
    const stubborn = `${dir}/v_seg_0002.m4s`;
    const store = new StubbornStore((path) => path === stubborn || path.endsWith('init.m4s'));
    expect(await run(rules, store)).toMatchObject({
      state: 'failed',
      // Of cam2 one row stays for its init files.
      segments: 6,
      failedObjects: 5,
      problem: '5 objects could not be removed.',
    });
    expect(
      await bench.query('select stream, count(*)::int as count from segments group by 1 order by 1'),
    ).toEqual([
      { stream: 'cam1', count: 1 },
      { stream: 'cam2', count: 1 },
    ]);
    expect(
      await bench.query('select stream, problem, object_count from retention_problems order by 1'),
    ).toEqual([
      { stream: 'cam1', problem: expect.stringContaining('not allowed'), object_count: 3 },
      { stream: 'cam2', problem: expect.stringContaining('not allowed'), object_count: 2 },
    ]);
    expect(await bench.contradictions()).toEqual([]);
    expect(await run(rules)).toMatchObject({ state: 'done', segments: 2, failedObjects: 0 });
    expect(await bench.query('select * from retention_problems')).toEqual([]);
    expect(await bench.files()).toEqual([KEPT_FILE]);
  });

  it('removes no row while the storage is away', async () => {
    await bench.record('cam1', daysAgo(5), 2);
    await rename(bench.root, `${bench.root}-away`);
    const away = await run(rules);
    await rename(`${bench.root}-away`, bench.root);
    expect(away).toMatchObject({
      state: 'failed',
      segments: 0,
      problem: expect.stringContaining('is not there'),
    });
    expect(await bench.query('select count(*)::int as count from segments')).toEqual([{ count: 4 }]);
    expect(await run(rules)).toMatchObject({ state: 'done', segments: 4 });
  });

  it('goes on after it was killed between objects and rows', async () => {
    await bench.record('cam1', daysAgo(5), 3);
    await bench.record('cam2', daysAgo(5), 3);
    const dying = new DyingStore('remove');
    expect(await run(rules, dying)).toMatchObject({ state: 'failed', problem: 'killed' });
    expect(dying.calls).toBe(1);
    await bench.query(`update retention_runs set state = 'running', beat_at = now() - interval '1 hour'`);
    expect(await run(rules)).toMatchObject({ state: 'done', segments: 12 });
    expect(await bench.query('select state from retention_runs order by started_at')).toEqual([
      { state: 'stopped' },
      { state: 'done' },
    ]);
    expect(await bench.files()).toEqual([KEPT_FILE]);
    expect(await bench.contradictions()).toEqual([]);
  });

  it('takes away the empty folder that an interrupted run left', async () => {
    await bench.record('cam1', daysAgo(5), 1, { dir: 'cam1/left' });
    const forgetful = new DyingStore('removeEmptyFolder');
    expect(await run(rules, forgetful)).toMatchObject({ state: 'failed' });
    expect(await bench.folders()).toEqual(['cam1', 'cam1/left', 'lost+found']);
    await run(rules);
    expect(await bench.folders()).toEqual(['lost+found']);
  });

  it('stops where it is told to', async () => {
    await bench.record('cam1', daysAgo(5), 1);
    const stop = new AbortController();
    stop.abort(new Error('closing'));
    const tools = { ...bench.tools, signal: stop.signal };
    await expect(runRetention(tools, async () => rules)).rejects.toThrow('closing');
    expect(await bench.query('select state from retention_runs')).toEqual([{ state: 'stopped' }]);
  });
});

it('drops the partitions of weeks in which nothing is left', async () => {
  const old = await bench.record('cam1', daysAgo(60), 2);
  await bench.record('cam1', daysAgo(40), 2);
  const partitions = () =>
    bench.query(`select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'segments'::regclass and c.relname like 'segments_w%' order by 1`);
  const week = (startUs: number) => ({ name: `segments_w${Math.floor(startUs / (7 * US_PER_DAY))}` });
  expect(await partitions()).toEqual(expect.arrayContaining([week(daysAgo(60)), week(daysAgo(40))]));
  await run([rule(['*'], { keepDays: 50 })]);
  const left = await partitions();
  expect(left).toContainEqual(week(daysAgo(40)));
  expect(left).not.toContainEqual(week(daysAgo(60)));
  expect((await bench.files()).some((file) => file.startsWith(old))).toBe(false);
  // A late report of that week is taken all the same.
  await bench.record('cam1', daysAgo(60), 2);
  expect(await bench.contradictions()).toEqual([]);
});

/** The storage folder, of which some objects withstand. */
class StubbornStore extends FsStore {
  constructor(private readonly isRefused: (path: string) => boolean) {
    super(bench.root);
  }

  override async remove(paths: readonly string[]): Promise<Removal> {
    const { missing, failures } = await super.remove(paths.filter((path) => !this.isRefused(path)));
    const refused = paths.filter(this.isRefused).map((path) => ({
      path,
      error: new AppError('storage_unavailable', `${path} cannot be removed (not allowed).`),
    }));
    return { missing, failures: [...failures, ...refused] };
  }
}

/** The storage folder, in a program that ends where it is about to answer. */
class DyingStore extends FsStore {
  calls = 0;

  constructor(private readonly diesIn: 'remove' | 'removeEmptyFolder') {
    super(bench.root);
  }

  override async remove(paths: readonly string[]): Promise<Removal> {
    if (this.diesIn !== 'remove') return super.remove(paths);
    this.calls += 1;
    await super.remove(paths.slice(0, 4));
    throw new Error('killed');
  }

  override async removeEmptyFolder(): Promise<void> {
    throw new Error('killed');
  }
}
