import type { ReplyOf } from '../../../../src-shared/contract/http-routes.ts';
import type { RecordingStatus } from '../../../../src-shared/model/recording.ts';
import { MS_PER_DAY, MS_PER_MINUTE } from '../../../../src-shared/util/units.ts';
import { type Clock, nowUs } from '../../base/clock.ts';
import { AppError } from '../../base/errors.ts';
import type { Database } from '../../db/database.ts';
import type { ChangeFeed } from '../../peers/change-feed.ts';
import { parseRecordingFolder, recordingFilePath } from '../../recordings/recording-path.ts';
import type { RetentionService } from '../../retention/retention-service.ts';
import { listedNames } from '../../segments/coverage-queries.ts';
import { gapsOf } from '../../segments/gap-queries.ts';
import { listRecordings, type RecordingCursor, recordedFolders } from '../../segments/recording-queries.ts';
import { dayOfIso, isoDayOf, usageByDay, usageInAll } from '../../segments/usage-queries.ts';
import { INGEST_STEP_MS, type IngestHistory } from '../../services/ingest-history.ts';
import type { RecordingSync, SyncedCluster } from '../../sync/recording-sync.ts';
import { readSyncOverview } from '../../sync/sync-overview.ts';
import { askedStreams } from '../asked-streams.ts';
import type { Handlers } from '../endpoint.ts';
import { mayRead, maySeeAll } from '../principal.ts';
import { asList } from './cluster-handlers.ts';

export interface IndexHandlerOptions {
  readonly database: Database;
  readonly cluster: SyncedCluster;
  readonly sync: RecordingSync;
  readonly retention: Pick<RetentionService, 'forecast'>;
  readonly ingest: Pick<IngestHistory, 'samples'>;
  readonly feed: Pick<ChangeFeed, 'onMessage'>;
  readonly clock: Clock;
}

type IndexRoute =
  | 'listPlaybackStreams'
  | 'listPlayback'
  | 'listRecordings'
  | 'getGaps'
  | 'getUsage'
  | 'getIngest'
  | 'getIndexSync'
  | 'syncNode';

/** How old the sums over all recordings may be at most. */
const TOTALS_AGE_MS = MS_PER_MINUTE;
/** What was read is kept for so many times as long as reading it took: of a small index everything is new. */
const AGE_PER_READING = 50;

/** Recordings as rows, upstream's read routes, and how the index keeps up with the nodes. */
export function indexHandlers(options: IndexHandlerOptions): Pick<Handlers, IndexRoute> {
  const { clock, cluster, database, feed, ingest, retention, sync } = options;
  const readNames = () => listedNames(database);
  const readForecast = remembered(() => retention.forecast(), TOTALS_AGE_MS, clock);
  const readTotals = remembered(() => usageInAll(database), TOTALS_AGE_MS, clock);
  feed.onMessage('indexed', () => {
    readForecast.forget();
    readTotals.forget();
  });
  return {
    listPlaybackStreams: async ({ principal }) =>
      (await readNames()).filter((stream) => principal !== null && mayRead(principal, stream)),
    listPlayback: async ({ params, query }) => {
      const folders = await recordedFolders(database, params.stream);
      const isAsked = (entry: PlaybackEntry) =>
        query.form === undefined || (query.form === 'record') === 'record' in entry;
      return folders.map(playbackEntry).filter(isAsked);
    },
    listRecordings: async ({ principal, query }) => {
      const { start_ts: startUs, end_ts: endUs } = query;
      if (startUs !== undefined && endUs !== undefined && endUs <= startUs) {
        throw new AppError('invalid_range', 'end_ts must be later than start_ts.');
      }
      const { recordings, next } = await listRecordings(database, {
        streams: await askedStreams(principal, asList(query.stream), readNames),
        nodes: query.node === undefined ? undefined : asList(query.node),
        statuses: query.status === undefined ? undefined : ([query.status].flat() as RecordingStatus[]),
        startUs,
        endUs,
        isNewestFirst: query.order !== 'oldest',
        limit: query.limit ?? 100,
        after: query.cursor === undefined ? undefined : readCursor(query.cursor),
      });
      return { recordings, nextCursor: next && `${next.startUs}.${next.id}` };
    },
    getGaps: async ({ params, query }) => {
      const { end_ts: endUs, limit = 200, min_us: minUs = 0, start_ts: startUs } = query;
      if (endUs <= startUs) throw new AppError('invalid_range', 'end_ts must be later than start_ts.');
      return {
        gaps: await gapsOf(
          database,
          params.stream,
          { startUs, endUs },
          { limit, minUs, nowUs: nowUs(clock) },
        ),
      };
    },
    getUsage: async ({ principal, query }) => {
      const toDay =
        query.to_day === undefined ? Math.floor(clock.nowMs() / MS_PER_DAY) : dayOfIso(query.to_day);
      if (toDay === null) throw new AppError('bad_request', `There is no day ${query.to_day}.`);
      const fromDay = toDay - (query.days ?? 30) + 1;
      const asked = await askedStreams(principal, asList(query.stream), readNames);
      const [streams, all, forecast] = await Promise.all([
        usageByDay(database, { fromDay, toDay }, asked),
        readTotals.read(),
        asked === undefined ? readForecast.read() : retention.forecast(asked),
      ]);
      const isShown = asked === undefined ? () => true : (stream: string) => asked.includes(stream);
      return {
        fromDay: isoDayOf(fromDay),
        toDay: isoDayOf(toDay),
        streams,
        totals: [...all]
          .flatMap(([stream, total]) => (isShown(stream) ? [{ stream, ...total }] : []))
          .sort((a, b) => (a.stream < b.stream ? -1 : 1)),
        growthBytesPerDay: forecast.growthBytesPerDay,
        fullInDays: forecast.fullInDays,
        storages: forecast.storages,
      };
    },
    getIngest: () => ({ stepMs: INGEST_STEP_MS, samples: ingest.samples() }),
    getIndexSync: async ({ principal }) => {
      const nodes = await readSyncOverview({ database, cluster, sync });
      // The words name streams.
      const shown = maySeeAll(principal)
        ? nodes
        : nodes.map((node) => ({ ...node, problem: node.problem && 'Administrators see what is wrong.' }));
      return { isEnabled: sync.isEnabled, nodes: shown };
    },
    syncNode: ({ params }) => {
      const { alias } = params;
      if (!cluster.snapshot(alias)) throw new AppError('not_found', `There is no node ${alias}.`);
      if (!sync.isEnabled) {
        throw new AppError(
          'conflict',
          'Recordings are not fetched from nodes. Set record_sync.enabled in liveman.toml and start again.',
        );
      }
      if (!sync.syncNow(alias)) {
        throw new AppError(
          'conflict',
          `The node ${alias} has no list of recordings that this manager fetches, or another manager fetches it.`,
        );
      }
      return { isStarted: true };
    },
  };
}

interface Remembered<T> {
  read(): Promise<T>;
  /** The next `read` reads anew, also where one is under way. */
  forget(): void;
}

/**
 * Reads anew when what was read is older than `maxAgeMs`, or than reading it is worth; who asks meanwhile shares the
 * reading.
 */
function remembered<T>(read: () => Promise<T>, maxAgeMs: number, clock: Clock): Remembered<T> {
  let last: { endMs: number; value: Promise<T> } | null = null;
  return {
    read: () => {
      const startMs = clock.monotonicMs();
      if (last && startMs < last.endMs) return last.value;
      const reading = { endMs: Number.POSITIVE_INFINITY, value: read() };
      last = reading;
      reading.value.then(
        () => {
          const readMs = clock.monotonicMs();
          reading.endMs = readMs + Math.min(maxAgeMs, AGE_PER_READING * (readMs - startMs));
        },
        () => {
          if (last === reading) last = null;
        },
      );
      return reading.value;
    },
    forget: () => {
      last = null;
    },
  };
}

type PlaybackEntry = ReplyOf<'listPlayback'>[number];

/** The form of upstream's manager of that generation. */
function playbackEntry({ dir, record }: { dir: string; record: string }): PlaybackEntry {
  const mpdPath = recordingFilePath({ dir, kind: 'manifest', track: null, seq: 0, generation: 'current' });
  const folder = parseRecordingFolder(dir);
  if (record === '' && folder.day !== null) {
    const [year = 0, month = 0, day = 0] = folder.day.split('-').map(Number);
    return { year, month, day, mpd_path: mpdPath };
  }
  return { record: record || (folder.record ?? dir.slice(dir.lastIndexOf('/') + 1)), mpd_path: mpdPath };
}

/** `startUs.id`, as it was given out. */
function readCursor(text: string): RecordingCursor {
  const [, startUs, id] = /^(\d{1,16})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(text) ?? [];
  if (startUs === undefined || id === undefined) {
    throw new AppError('bad_request', 'The cursor cannot be read; take nextCursor of the page before.');
  }
  return { startUs: Number(startUs), id };
}
