import type { ReplyOf } from '../../../../src-shared/contract/http-routes.ts';
import type { RecordingStatus } from '../../../../src-shared/model/recording.ts';
import { AppError } from '../../base/errors.ts';
import type { Database } from '../../db/database.ts';
import { parseRecordingFolder, recordingFilePath } from '../../recordings/recording-path.ts';
import { recordedNames } from '../../segments/coverage-queries.ts';
import { listRecordings, type RecordingCursor, recordedFolders } from '../../segments/recording-queries.ts';
import type { RecordingSync, SyncedCluster } from '../../sync/recording-sync.ts';
import { readSyncOverview } from '../../sync/sync-overview.ts';
import type { Handlers } from '../endpoint.ts';
import { demandRead, mayRead, type Principal } from '../principal.ts';
import { asList } from './cluster-handlers.ts';

export interface IndexHandlerOptions {
  readonly database: Database;
  readonly cluster: SyncedCluster;
  readonly sync: RecordingSync;
}

type IndexRoute = 'listPlaybackStreams' | 'listPlayback' | 'listRecordings' | 'getIndexSync' | 'syncNode';

/** Recordings as rows, upstream's read routes, and how the index keeps up with the nodes. */
export function indexHandlers({ cluster, database, sync }: IndexHandlerOptions): Pick<Handlers, IndexRoute> {
  return {
    listPlaybackStreams: async ({ principal }) =>
      (await recordedNames(database)).filter((stream) => principal !== null && mayRead(principal, stream)),
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
        streams: await askedStreams(database, principal, asList(query.stream)),
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
    getIndexSync: async () => ({
      isEnabled: sync.isEnabled,
      nodes: await readSyncOverview({ database, cluster, sync }),
    }),
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

/** The streams to look at: those asked for, else those the caller may see; undefined for all. */
async function askedStreams(
  database: Database,
  principal: Principal | null,
  asked: readonly string[],
): Promise<readonly string[] | undefined> {
  for (const stream of asked) demandRead(principal, stream);
  if (asked.length > 0) return asked;
  if (principal !== null && mayRead(principal, '*')) return undefined;
  const names = await recordedNames(database);
  return names.filter((stream) => principal !== null && mayRead(principal, stream));
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
  const [, startUs, id] = /^(\d{1,16})\.([0-9a-f-]{36})$/.exec(text) ?? [];
  if (startUs === undefined || id === undefined) {
    throw new AppError('bad_request', 'The cursor cannot be read; take nextCursor of the page before.');
  }
  return { startUs: Number(startUs), id };
}
