import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { RetentionRule } from '../../../src-shared/model/retention.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import { ReportDoor } from '../segments/report-door.ts';
import { verifyCoverage } from '../segments/verify-coverage.ts';
import { verifyTotals } from '../segments/verify-totals.ts';
import { FsStore } from '../storage/fs-store.ts';
import type { RetentionTools } from './retention-tools.ts';

const S = 1_000_000;
export const TODAY = Math.floor(Date.UTC(2026, 4, 20) / 86_400_000);
/** Noon of the last day that tests record on. */
export const NOW_US = TODAY * US_PER_DAY + US_PER_DAY / 2;
export const SEGMENT_BYTES = 100;

export type RetentionBench = Awaited<ReturnType<typeof createRetentionBench>>;

/** A storage folder and an index with recordings whose files are there. */
export async function createRetentionBench(test: { database: Database; close: () => Promise<void> }) {
  const root = await mkdtemp(join(tmpdir(), 'retention-'));
  const { database } = test;
  const door = new ReportDoor({ database, clock: systemClock, onWritten: () => {} });
  const clock: Clock = { ...systemClock, nowMs: () => NOW_US / 1000, sleep: async () => {} };
  const query = async (text: string, ...values: unknown[]) => (await database.pool.query(text, values)).rows;
  const store = new FsStore(root);
  const tools: RetentionTools = {
    database,
    store,
    isSamePlace: () => true,
    clock,
    logger: silentLogger,
    signal: new AbortController().signal,
  };

  const put = async (path: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), Buffer.alloc(SEGMENT_BYTES));
  };

  return {
    ...test,
    root,
    store,
    clock,
    tools,
    query,
    put,
    /**
     * Records pictures and sound of ten seconds each from a start on, with init files and a manifest; the sound begins
     * `lagUs` later.
     */
    async record(
      stream: string,
      startUs: number,
      count: number,
      { node = 'edge', dir = '', lagUs = 0 } = {},
    ) {
      const folder = dir || `${stream}/${Math.floor(startUs / S)}`;
      for (const name of ['v_init.m4s', 'a_init.m4s', 'manifest.mpd']) await put(`${folder}/${name}`);
      const segments = Array.from({ length: count }, (_, i) =>
        ['v', 'a'].map((track) => ({
          start_ts: startUs + (track === 'a' ? lagUs : 0) + i * 10 * S,
          end_ts: startUs + (track === 'a' ? lagUs : 0) + (i + 1) * 10 * S,
          duration_ms: 10_000,
          path: `${folder}/${track}_seg_${String(i + 1).padStart(4, '0')}.m4s`,
          is_keyframe: true,
        })),
      ).flat();
      for (const { path } of segments) await put(path);
      await door.report({ node_alias: node, stream, segments }, NOW_US);
      await query(`update segments set size_bytes = ${SEGMENT_BYTES} where size_bytes is null`);
      return folder;
    },
    async files(): Promise<string[]> {
      const entries = await readdir(root, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => relative(root, join(entry.parentPath, entry.name)))
        .sort();
    },
    async folders(): Promise<string[]> {
      const entries = await readdir(root, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isDirectory())
        .map((entry) => relative(root, join(entry.parentPath, entry.name)))
        .sort();
    },
    /** What of the index does not follow from its segments; empty when all does. */
    async contradictions(): Promise<unknown[]> {
      const found: unknown[] = [];
      for await (const difference of verifyTotals(database)) found.push(difference);
      for await (const difference of verifyCoverage(database)) found.push(difference);
      found.push(...(await query(WRONG_RECORDINGS)), ...(await query(WRONG_STREAMS)));
      return found;
    },
    async clear() {
      await query(`truncate recordings, tracks, segments, coverage, recorded_streams, day_totals, bookmarks, exports,
        node_recordings, recorders, retention_rules, retention_runs, retention_problems, retention_folders`);
      await rm(root, { recursive: true });
      await mkdir(root);
      // A storage that is in use is not empty.
      await put('lost+found/x');
    },
    async close() {
      await test.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

const WRONG_RECORDINGS = `
  select r.id, r.start_ts, r.end_ts, t.track, t.first_seq, t.last_seq from recordings r
  left join tracks t on t.recording_id = r.id
  left join lateral (
    select min(s.seq) as first_seq, max(s.seq) as last_seq from segments s where s.track_id = t.id) as x on true
  left join lateral (
    select min(s.start_ts) as start_ts, max(s.end_ts) as end_ts, count(*) as segment_count,
      coalesce(sum(s.size_bytes), 0) as size_bytes
    from segments s where s.recording_id = r.id) as b on true
  where (t.first_seq, t.last_seq, r.start_ts, r.end_ts, r.segment_count, r.size_bytes)
    is distinct from (x.first_seq, x.last_seq, b.start_ts, b.end_ts, b.segment_count, b.size_bytes)`;

const WRONG_STREAMS = `
  select stream, node_alias, track, r.start_ts, r.end_ts from (
    select stream, node_alias, track, min(start_ts) as start_ts, max(end_ts) as end_ts from segments group by 1, 2, 3
  ) as s full join recorded_streams r using (stream, node_alias, track)
  where (s.start_ts, s.end_ts) is distinct from (r.start_ts, r.end_ts)`;

export function rule(streams: string[], limits: Partial<RetentionRule>): RetentionRule {
  return {
    id: `rule ${streams.join(' ')}`,
    source: 'window',
    streams,
    keepDays: null,
    maxBytes: null,
    updatedBy: '',
    updatedAtMs: null,
    ...limits,
  };
}
