import { type Static, Type } from 'typebox';
import { RECORDING_STATUSES, Recording } from '../model/recording.ts';
import { RecordingGap } from '../model/recording-gap.ts';
import { StorageOutlook } from '../model/retention.ts';
import { defineRoutes } from './route.ts';

const Time = Type.Integer({ minimum: 0, description: 'Microseconds since the Unix epoch.' });
const Names = (description: string) =>
  Type.Optional(Type.Union([Type.Array(Type.String()), Type.String()], { description }));

/** A recording as upstream's managers list it: by record id (v0.9.0 and newer) or by date (October 2025). */
const PlaybackEntry = Type.Union([
  Type.Object({ record: Type.String(), mpd_path: Type.String() }),
  Type.Object({
    year: Type.Integer(),
    month: Type.Integer(),
    day: Type.Integer(),
    mpd_path: Type.String(),
  }),
]);

/** How the recordings of a node come into the index. */
export const INDEX_DOORS = ['index', 'pull', 'folders', 'report', 'none'] as const;
export type IndexDoor = (typeof INDEX_DOORS)[number];

/** How far the index is behind a node. */
export const NodeIndexStatus = Type.Object({
  alias: Type.String(),
  isInCluster: Type.Boolean({ description: 'False for one that was removed and has recordings.' }),
  door: Type.Enum([...INDEX_DOORS], {
    description:
      'index: its list of recordings is fetched; pull: its segments are; folders: those that it records into are followed in its storage; report: it reports them; none: not known to record.',
  }),
  isSynced: Type.Boolean({ description: 'It has to be fetched from, and that is turned on.' }),
  isRunning: Type.Boolean({ description: 'Its list is being fetched now.' }),
  lastSyncMs: Type.Union([Type.Integer(), Type.Null()], {
    description: 'When its list was read last without a failure, milliseconds since the epoch.',
  }),
  newestUs: Type.Union([Type.Integer(), Type.Null()], { description: 'End of its newest indexed segment.' }),
  openCount: Type.Integer({
    description: 'Recordings it lists that are not wholly indexed, running ones included.',
  }),
  problem: Type.Union([Type.String(), Type.Null()], { description: 'What went wrong last, in words.' }),
});
export type NodeIndexStatus = Static<typeof NodeIndexStatus>;

/** What one stream has recorded, by UTC day. */
export const StreamUsage = Type.Object({
  stream: Type.String(),
  nodes: Type.Array(Type.String()),
  days: Type.Array(
    Type.Object({
      day: Type.String({ description: 'yyyy-mm-dd, UTC.' }),
      segmentCount: Type.Integer(),
      sizeBytes: Type.Integer({ description: 'Of the objects whose size is known.' }),
      recordedUs: Type.Integer({ description: 'Sum over nodes; pictures and sound are not added up.' }),
    }),
    { description: 'Oldest first; days without anything are left out.' },
  ),
});
export type StreamUsage = Static<typeof StreamUsage>;

/** What all recordings of a stream hold together. */
export const StreamTotal = Type.Object({
  stream: Type.String(),
  sizeBytes: Type.Integer(),
  segmentCount: Type.Integer(),
  recordingCount: Type.Integer(),
  startUs: Type.Integer({ description: 'Start of its oldest recording.' }),
});
export type StreamTotal = Static<typeof StreamTotal>;

/** What came into the index in ten seconds. */
export const IngestSample = Type.Object({
  atMs: Type.Integer({ description: 'End of the ten seconds, milliseconds since the epoch.' }),
  segmentCount: Type.Integer(),
  queueLength: Type.Integer({ description: 'Segments waiting to be examined.' }),
  lagMs: Type.Union([Type.Number(), Type.Null()]),
});
export type IngestSample = Static<typeof IngestSample>;

/** Recordings as rows, upstream's read routes, and how the index keeps up with the nodes. */
export const indexRoutes = defineRoutes({
  listPlaybackStreams: {
    method: 'GET',
    path: '/api/playback',
    access: 'any',
    summary: 'Names of the streams that have recordings, sorted; only those the caller may see.',
    form: 'upstream',
    reply: Type.Array(Type.String()),
    errors: ['database_unavailable'],
  },
  listPlayback: {
    method: 'GET',
    path: '/api/playback/{stream}',
    access: 'read',
    summary:
      'Recordings of a stream, oldest first, each once: by record id, or by date where its folder has one. Empty for an unknown stream.',
    form: 'upstream',
    params: Type.Object({ stream: Type.String() }),
    query: Type.Object({
      form: Type.Optional(
        Type.Union([Type.Literal('record'), Type.Literal('date')], {
          description: 'Only recordings of this form, for clients that know no other.',
        }),
      ),
    }),
    reply: Type.Array(PlaybackEntry),
    errors: ['bad_request', 'database_unavailable'],
  },
  listRecordings: {
    method: 'GET',
    path: '/api/index/recordings',
    access: 'any',
    summary: 'Recordings (runs of a recorder) of the streams the caller may see, page by page.',
    form: 'ours',
    query: Type.Object({
      stream: Names('Only these streams; repeats.'),
      node: Names('Only recorded by these nodes; repeats.'),
      status: Type.Optional(
        Type.Union([Type.Array(Type.Enum([...RECORDING_STATUSES])), Type.Enum([...RECORDING_STATUSES])], {
          description: 'Only with one of these; repeats.',
        }),
      ),
      start_ts: Type.Optional(Time),
      end_ts: Type.Optional(Time),
      order: Type.Optional(
        Type.Union([Type.Literal('newest'), Type.Literal('oldest')], {
          default: 'newest',
          description: 'By start.',
        }),
      ),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
      cursor: Type.Optional(
        Type.String({ description: '`nextCursor` of the page before; same filters and order.' }),
      ),
    }),
    reply: Type.Object({
      recordings: Type.Array(Recording),
      nextCursor: Type.Union([Type.String(), Type.Null()], { description: 'Null on the last page.' }),
    }),
    errors: ['bad_request', 'invalid_range', 'forbidden', 'database_unavailable'],
  },
  getGaps: {
    method: 'GET',
    path: '/api/record/{stream}/gaps',
    access: 'read',
    summary: 'Times of a stream that nobody recorded, with the reason as far as it is known, oldest first.',
    form: 'ours',
    params: Type.Object({ stream: Type.String() }),
    query: Type.Object({
      start_ts: Time,
      end_ts: Time,
      min_us: Type.Optional(
        Type.Integer({ minimum: 0, default: 0, description: 'Shorter ones are left out.' }),
      ),
      limit: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 500, default: 200, description: 'The longest ones.' }),
      ),
    }),
    reply: Type.Object({ gaps: Type.Array(RecordingGap) }),
    errors: ['bad_request', 'invalid_range', 'database_unavailable'],
  },
  getUsage: {
    method: 'GET',
    path: '/api/index/usage',
    access: 'any',
    summary: 'What was recorded per stream and UTC day, of the streams the caller may see.',
    form: 'ours',
    query: Type.Object({
      to_day: Type.Optional(
        Type.String({
          pattern: '^\\d{4}-\\d{2}-\\d{2}$',
          description: 'Last day, yyyy-mm-dd, UTC; today without it.',
        }),
      ),
      days: Type.Optional(Type.Integer({ minimum: 1, maximum: 366, default: 30 })),
      stream: Names('Only these streams; repeats.'),
    }),
    reply: Type.Object({
      fromDay: Type.String({ description: 'yyyy-mm-dd, UTC.' }),
      toDay: Type.String(),
      streams: Type.Array(StreamUsage),
      totals: Type.Array(StreamTotal, {
        description: 'Of all time, by name; at most a minute old.',
      }),
      growthBytesPerDay: Type.Union([Type.Integer(), Type.Null()], {
        description: 'Recorded per day, as in the forecast of `GET /api/retention`; null before a whole day.',
      }),
      fullInDays: Type.Union([Type.Number(), Type.Null()], {
        description:
          'Days until the first storage is full, what the rules remove taken into account; null where none will be, or that cannot be told, as of some streams only.',
      }),
      storages: Type.Array(StorageOutlook, {
        description: 'When each storage is full, that of `fullInDays` first; empty of some streams only.',
      }),
    }),
    errors: ['bad_request', 'forbidden', 'database_unavailable'],
  },
  getIngest: {
    method: 'GET',
    path: '/api/index/ingest',
    access: 'observe',
    summary: 'What came into the index over the last hour through this manager.',
    form: 'ours',
    reply: Type.Object({
      stepMs: Type.Integer(),
      samples: Type.Array(IngestSample, { description: 'Oldest first.' }),
    }),
    errors: [],
  },
  getIndexSync: {
    method: 'GET',
    path: '/api/index/sync',
    access: 'observe',
    summary: 'Per node: how its recordings come into the index, how far that is, and what is wrong.',
    form: 'ours',
    reply: Type.Object({
      isEnabled: Type.Boolean({ description: '`record_sync.enabled`.' }),
      nodes: Type.Array(NodeIndexStatus),
    }),
    errors: ['database_unavailable'],
  },
  syncNode: {
    method: 'POST',
    path: '/api/index/sync/{alias}',
    access: 'admin',
    audit: 'sync node',
    summary: 'Fetches from this node now instead of at the next tick; the reply does not wait for it.',
    form: 'ours',
    params: Type.Object({ alias: Type.String() }),
    reply: Type.Object({ isStarted: Type.Boolean() }),
    errors: ['not_found', 'conflict'],
  },
});
