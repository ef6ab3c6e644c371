import { sql } from 'kysely';
import type { Dispatcher } from 'undici';
import { MS_PER_SECOND, US_PER_SECOND } from '../../../src-shared/util/units.ts';
import { type Clock, nowUs } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import { callNode } from '../cascade/node-call.ts';
import type { Database } from '../db/database.ts';
import type { NodeAddress } from '../nodes/node-client.ts';
import { type SegmentReport, withoutWraps } from '../segments/report-check.ts';
import type { SyncResult } from './index-sync.ts';
import { type PulledSegment, parsePulled, streamOfPath } from './pulled-segments.ts';
import { pulledStreams, readCursor, saveCursor } from './sync-table.ts';

export interface PullSyncOptions {
  readonly database: Database;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly callTimeoutMs?: number | undefined;
  /** The door of reports; see `SegmentIndex.report`. */
  readonly report: (report: SegmentReport, arrivedAtUs: number) => Promise<unknown>;
}

const CALL_MS = 10 * MS_PER_SECOND;
/** A node keeps this many segments of a stream, in memory. */
const KEPT_SEGMENTS = 1000;
/** By so much times from files may differ from those that a node tells. */
const FILE_TOLERANCE_US = 5 * US_PER_SECOND;
/** Streams that nobody publishes any more are looked for in every so many ticks. */
const DISCOVER_EVERY = 6;

/**
 * Takes the segments of one node of the PULL generation, stream by stream.
 *
 * Its times begin at 0 with each recording, so they go the way of reports, whose sessions are told apart by arrival.
 * What the index has already is not reported again: it would look like a late retry or a session of its own.
 */
export class PullSync {
  #tick = 0;

  constructor(private readonly options: PullSyncOptions) {}

  /** `streams` are those that the node lists now. Rejects where the node or the database fails. */
  async sync(node: NodeAddress, streams: readonly string[], signal: AbortSignal): Promise<SyncResult> {
    const names = new Set([...streams, ...(await pulledStreams(this.options.database, node.alias))]);
    if (this.#tick % DISCOVER_EVERY === 0) {
      const all = await this.#pull(node, '', null, signal);
      for (const { path } of all.segments) {
        const stream = streamOfPath(path);
        if (stream !== null) names.add(stream);
      }
    }
    this.#tick += 1;
    const problems: string[] = [];
    for (const stream of names) problems.push(...(await this.#syncStream(node, stream, signal)));
    return { problems, isMore: false };
  }

  async #syncStream(node: NodeAddress, stream: string, signal: AbortSignal): Promise<readonly string[]> {
    const { clock, database, report } = this.options;
    const cursorUs = await readCursor(database, node.alias, stream);
    let pulled = await this.#pull(node, stream, cursorUs, signal);
    let fresh = await this.#unknown(node, stream, pulled.segments);
    if (cursorUs !== null && fresh.length === 0) {
      // A recording that began anew starts at 0 again, before the cursor.
      pulled = await this.#pull(node, stream, null, signal);
      fresh = await this.#unknown(node, stream, pulled.segments);
    }
    if (fresh.length > 0) {
      await report({ node_alias: node.alias, stream, segments: fresh }, nowUs(clock));
    }
    // The newest of what came now, be it lower than before: the node's own `last_ts` may pass over segments.
    const lastUs = fresh.reduce<number | null>((last, s) => Math.max(last ?? 0, s.start_ts), null);
    if (lastUs !== null || pulled.segments.length > 0) {
      await saveCursor(database, node.alias, stream, lastUs ?? cursorUs, clock.nowMs());
    }
    return pulled.problems;
  }

  async #pull(node: NodeAddress, stream: string, sinceUs: number | null, signal: AbortSignal) {
    const { callTimeoutMs: timeoutMs = CALL_MS, dispatcher } = this.options;
    const query = new URLSearchParams({ limit: String(KEPT_SEGMENTS) });
    if (stream !== '') query.set('stream', stream);
    if (sinceUs !== null) query.set('since_ts', String(sinceUs));
    const path = `/api/segments/pull?${query}`;
    const outcome = await callNode(node, { method: 'GET', path, timeoutMs, signal, dispatcher });
    if (!outcome.isOk) throw new AppError('node_unreachable', outcome.reason);
    return parsePulled(JSON.parse(outcome.text), stream);
  }

  /** Those that the index does not have; one is known by its path and its times, which files say less exactly. */
  async #unknown(
    node: NodeAddress,
    stream: string,
    segments: readonly PulledSegment[],
  ): Promise<PulledSegment[]> {
    if (segments.length === 0) return [];
    const { rows } = await sql<{ n: number }>`
      select x.n::int as n
      from unnest(
        ${segments.map(({ path }) => path)}::text[], ${segments.map((s) => s.start_ts)}::bigint[],
        ${segments.map((s) => withoutWraps(s).end_ts)}::bigint[]
      ) with ordinality as x (path, start_us, end_us, n)
      join recordings r on r.stream = ${stream} and r.node_alias = ${node.alias}
        and r.dir = regexp_replace(x.path, '/[^/]*$', '')
      join segments s on s.stream = r.stream and s.recording_id = r.id and s.path = x.path
        and s.start_ts between r.start_ts and r.end_ts
      join tracks t on t.id = s.track_id
      where (s.media_start_us = x.start_us and s.end_ts - s.start_ts = x.end_us - x.start_us)
        or (s.media_start_us is null and abs(s.start_ts - t.zero_ts - x.start_us) < ${FILE_TOLERANCE_US}::bigint)
    `.execute(this.options.database.db);
    const known = new Set(rows.map(({ n }) => n - 1));
    return segments.filter((_, index) => !known.has(index));
  }
}
