import { api } from '../../api/client.ts';
import { liveEvents } from '../../api/live-events.ts';
import type { CoverageReader } from './coverage-tiles.ts';
import { CoverageTiles, RETRY_AFTER_MS } from './coverage-tiles.ts';
import { GapReasons } from './gap-reasons.ts';
import { SegmentBorders } from './segment-borders.ts';

/** Recorded time for the parts that draw it; each part asks for its own zoom and aborts only its own. */
export interface CoverageSource {
  readonly lanes: CoverageTiles;
  readonly overview: CoverageTiles;
  /** Coarse, for the small bars of the stream list. */
  readonly days: CoverageTiles;
  readonly borders: SegmentBorders;
  readonly reasons: GapReasons;
  /** Why the last read failed, in words; null after one that worked. */
  readonly problem: unknown;
  /** Calls `listener` when something was read or changed. Returns how to stop. */
  subscribe(listener: () => void): () => void;
  dispose(): void;
}

const MAX_BORDERS = 5000;

/** Reads from the manager, and again whenever its live events tell of new recorded time. */
export function createCoverageSource(): CoverageSource {
  const listeners = new Set<() => void>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let problem: unknown = null;
  const notify = (): void => {
    for (const listener of listeners) listener();
  };
  const read: CoverageReader = async ({ streams, startUs, endUs, resolutionUs }, signal) => {
    const query = { stream: [...streams], start_ts: startUs, end_ts: endUs, resolution_us: resolutionUs };
    const reply = await api.call('getCoverage', { query, signal });
    problem = null;
    return reply.streams;
  };
  const onError = (error: unknown): void => {
    problem = error;
    const timer = setTimeout(() => {
      timers.delete(timer);
      notify();
    }, RETRY_AFTER_MS + 50);
    timers.add(timer);
  };
  const tiles = Array.from({ length: 3 }, () => new CoverageTiles(read, notify, onError));
  const [lanes, overview, days] = tiles as [CoverageTiles, CoverageTiles, CoverageTiles];
  const borders = new SegmentBorders(async (stream, { startUs, endUs }, signal) => {
    const query = { start_ts: startUs, end_ts: endUs, limit: MAX_BORDERS };
    const { segments } = await api.call('getTimeline', { params: { stream }, query, signal });
    return segments.map((segment) => segment.start_ts).sort((a, b) => a - b);
  }, notify);
  const reasons = new GapReasons(async (stream, { startUs, endUs }, minUs, signal) => {
    const query = { start_ts: startUs, end_ts: endUs, min_us: minUs };
    const { gaps } = await api.call('getGaps', { params: { stream }, query, signal });
    return gaps;
  }, notify);

  const stops = [
    liveEvents.on('coverage', (news) => {
      for (const { stream, startUs, endUs } of news) {
        const range = { startUs, endUs };
        for (const part of tiles) part.invalidate(stream, range);
        borders.invalidate(stream, range);
        reasons.invalidate(stream, range);
      }
      notify();
    }),
    liveEvents.on('lost', (news) => {
      for (const { stream } of news) reasons.forget(stream);
      notify();
    }),
    liveEvents.onConnect(() => {
      for (const part of tiles) part.invalidateAll();
      notify();
    }),
  ];
  return {
    lanes,
    overview,
    days,
    borders,
    reasons,
    get problem() {
      return problem;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispose() {
      for (const stop of stops) stop();
      for (const timer of timers) clearTimeout(timer);
      for (const part of tiles) part.dispose();
      borders.dispose();
      reasons.dispose();
      listeners.clear();
    },
  };
}
