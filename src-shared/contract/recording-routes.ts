import { Type } from 'typebox';
import {
  DayCoverage,
  RecordedStream,
  SegmentDetail,
  StreamCoverage,
  TimelineSegment,
} from '../model/segment.ts';
import { defineRoutes } from './route.ts';

const StreamParam = Type.Object({ stream: Type.String({ description: 'Stream name, percent-decoded.' }) });

const startTs = Type.Integer({ minimum: 0, description: 'Microseconds since the Unix epoch.' });
const endTs = Type.Integer({ minimum: 0, description: 'Microseconds since the Unix epoch.' });

/** A closed range in microseconds, as playback and clips take it. */
export const RangeQuery = Type.Object({ start_ts: startTs, end_ts: endTs });
/** As RangeQuery; without end (or with one not yet past) the playlist grows. */
export const PlaylistQuery = Type.Object({ start_ts: startTs, end_ts: Type.Optional(endTs) });

export const ReportedSegment = Type.Object({
  start_ts: Type.Integer({
    description:
      'Microseconds: since the Unix epoch, or on the media clock of the recording (old nodes, from 0); below 10^15 is media time.',
  }),
  end_ts: Type.Integer({ description: 'Microseconds, on the same clock.' }),
  duration_ms: Type.Integer(),
  path: Type.String({ description: 'Object path relative to the storage root.' }),
  is_keyframe: Type.Boolean({ description: 'Whether it starts with a key frame.' }),
});

export const SegmentReport = Type.Object({
  node_alias: Type.String(),
  stream: Type.String(),
  segments: Type.Array(ReportedSegment),
});

const playlist = 'application/vnd.apple.mpegurl';
const StreamsQuery = Type.Union([Type.Array(Type.String()), Type.String()], {
  description: 'Stream names; the key repeats.',
});

/** Reports of segments and the reading of the index. Static names win over `{stream}`. */
export const recordingRoutes = defineRoutes({
  reportSegments: {
    method: 'POST',
    path: '/api/segments/report',
    access: 'report',
    summary: 'A node reports finished segments; the reply comes when they are durable.',
    form: 'upstream',
    body: SegmentReport,
    reply: Type.Object({ success: Type.Boolean(), message: Type.String(), processed_count: Type.Integer() }),
    errors: [
      'bad_request',
      'unprocessable',
      'unsupported_media_type',
      'payload_too_large',
      'database_unavailable',
    ],
  },
  listRecordedNames: {
    method: 'GET',
    path: '/api/record/streams',
    access: 'any',
    summary: 'Names of the streams that have recordings.',
    form: 'upstream',
    reply: Type.Object({ streams: Type.Array(Type.String()) }),
    errors: ['database_unavailable'],
  },
  listRecordedStreams: {
    method: 'GET',
    path: '/api/recorded-streams',
    access: 'any',
    summary: 'Streams that have recordings, with their nodes, first and last instant.',
    form: 'ours',
    reply: Type.Object({ streams: Type.Array(RecordedStream) }),
    errors: ['database_unavailable'],
  },
  getTimeline: {
    method: 'GET',
    path: '/api/record/{stream}/timeline',
    access: 'read',
    summary: 'Segments of a stream that touch the range (both ends inclusive), oldest first.',
    form: 'upstream',
    params: StreamParam,
    query: Type.Object({
      start_ts: Type.Optional(startTs),
      end_ts: Type.Optional(endTs),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 1000 })),
      offset: Type.Optional(Type.Integer({ minimum: 0, default: 0 })),
    }),
    reply: Type.Object({
      stream: Type.String(),
      segments: Type.Array(TimelineSegment),
      total_count: Type.Integer({ description: 'All segments in the range, not only those of this page.' }),
    }),
    errors: ['bad_request', 'invalid_range', 'database_unavailable'],
  },
  getCoverage: {
    method: 'GET',
    path: '/api/coverage',
    access: 'any',
    summary: 'Recorded time of several streams in a range, merged to what a pixel can show.',
    form: 'ours',
    query: Type.Object({
      stream: StreamsQuery,
      start_ts: startTs,
      end_ts: endTs,
      resolution_us: Type.Optional(
        Type.Integer({
          minimum: 0,
          default: 0,
          description: 'Gaps shorter than this need not be told apart.',
        }),
      ),
    }),
    reply: Type.Object({ streams: Type.Array(StreamCoverage) }),
    errors: ['bad_request', 'invalid_range', 'database_unavailable'],
  },
  getDays: {
    method: 'GET',
    path: '/api/coverage/days',
    access: 'any',
    summary:
      'Recorded time per calendar day of a month in a time zone; without `stream` of all streams the caller may read.',
    form: 'ours',
    query: Type.Object({
      month: Type.String({ pattern: '^\\d{4}-(0[1-9]|1[0-2])$', description: 'yyyy-mm' }),
      time_zone: Type.String({ description: 'IANA name, for example Europe/Berlin.' }),
      stream: Type.Optional(StreamsQuery),
    }),
    reply: Type.Object({ days: Type.Array(DayCoverage) }),
    errors: ['bad_request', 'database_unavailable'],
  },
  getInstant: {
    method: 'GET',
    path: '/api/record/{stream}/at',
    access: 'read',
    summary: 'Where the instant comes from, and the nearest recorded times around it.',
    form: 'ours',
    params: StreamParam,
    query: Type.Object({ ts: startTs }),
    reply: Type.Object({
      segment: Type.Union([SegmentDetail, Type.Null()]),
      beforeUs: Type.Union([Type.Integer(), Type.Null()], {
        description: 'End of the recorded time before it; null when inside or when there is none.',
      }),
      afterUs: Type.Union([Type.Integer(), Type.Null()], {
        description: 'Start of the recorded time after it.',
      }),
    }),
    errors: ['bad_request', 'database_unavailable'],
  },
  getMpd: {
    method: 'GET',
    path: '/api/record/{stream}/mpd',
    access: 'read',
    audit: { action: 'play recording', isContinuous: true },
    summary:
      'DASH manifest of a range; without `end_ts` of the day from `start_ts` on, without `start_ts` of the day up to the last that was recorded by `end_ts`, or by now.',
    form: 'upstream',
    params: StreamParam,
    query: Type.Object({ start_ts: Type.Optional(startTs), end_ts: Type.Optional(endTs) }),
    reply: 'application/dash+xml',
    errors: ['bad_request', 'invalid_range', 'no_media', 'database_unavailable'],
  },
  getObject: {
    method: 'GET',
    path: '/api/record/object/{*path}',
    access: 'any',
    audit: { action: 'play recording', isContinuous: true },
    summary: 'A stored object, byte for byte, with Range and ETag.',
    form: 'upstream',
    params: Type.Object({ '*': Type.String() }),
    query: Type.Object({
      node: Type.Optional(
        Type.String({ description: 'Alias of the node that recorded it; its storage is asked first.' }),
      ),
    }),
    reply: 'application/octet-stream',
    errors: ['bad_request', 'object_missing', 'range_not_satisfiable', 'storage_unavailable'],
  },
  getHls: {
    method: 'GET',
    path: '/api/record/{stream}/hls/index.m3u8',
    access: 'read',
    audit: { action: 'play recording', isContinuous: true },
    summary: 'HLS multivariant playlist of a range.',
    form: 'ours',
    params: StreamParam,
    query: PlaylistQuery,
    reply: playlist,
    errors: ['bad_request', 'invalid_range', 'no_media', 'media_unusable', 'database_unavailable'],
  },
  getHlsVideo: {
    method: 'GET',
    path: '/api/record/{stream}/hls/video.m3u8',
    access: 'read',
    audit: { action: 'play recording', isContinuous: true },
    summary: 'HLS media playlist of the pictures.',
    form: 'ours',
    params: StreamParam,
    query: PlaylistQuery,
    reply: playlist,
    errors: ['bad_request', 'invalid_range', 'no_media', 'database_unavailable'],
  },
  getHlsAudio: {
    method: 'GET',
    path: '/api/record/{stream}/hls/audio.m3u8',
    access: 'read',
    audit: { action: 'play recording', isContinuous: true },
    summary: 'HLS media playlist of the sound; holes are filled with silence.',
    form: 'ours',
    params: StreamParam,
    query: PlaylistQuery,
    reply: playlist,
    errors: ['bad_request', 'invalid_range', 'no_media', 'database_unavailable'],
  },
  getHlsInit: {
    method: 'GET',
    path: '/api/record/{stream}/hls/init/{file}',
    access: 'read',
    audit: { action: 'play recording', isContinuous: true },
    summary: 'Init segment of a track, its faults put right (`{trackId}.mp4`, `silence.mp4`).',
    form: 'ours',
    params: Type.Object({ stream: Type.String(), file: Type.String() }),
    reply: 'video/mp4',
    errors: ['not_found', 'object_missing', 'media_unusable', 'storage_unavailable'],
  },
  getHlsSegment: {
    method: 'GET',
    path: '/api/record/{stream}/hls/segment/{file}',
    access: 'read',
    audit: { action: 'play recording', isContinuous: true },
    summary:
      'Media segment on the time axis of its recording, repaired (`{segmentId}.{startUs}.m4s`, as playlists name it; without the start the whole stream is searched).',
    form: 'ours',
    params: Type.Object({ stream: Type.String(), file: Type.String() }),
    reply: 'video/mp4',
    errors: ['not_found', 'object_missing', 'media_unusable', 'range_not_satisfiable', 'storage_unavailable'],
  },
  getHlsSilence: {
    method: 'GET',
    path: '/api/record/{stream}/hls/silence/{file}',
    access: 'read',
    summary: 'Silent audio where a recording has none (`{startTicks}-{durationTicks}.m4s`, 48 kHz).',
    form: 'ours',
    params: Type.Object({ stream: Type.String(), file: Type.String() }),
    reply: 'audio/mp4',
    errors: ['bad_request', 'not_found'],
  },
  getPicture: {
    method: 'GET',
    path: '/api/record/{stream}/picture.mp4',
    access: 'read',
    audit: { action: 'play recording', isContinuous: true },
    summary: 'The key frame at an instant, or the last before it in its segment, as a film of one picture.',
    form: 'ours',
    params: StreamParam,
    query: Type.Object({ ts: startTs }),
    reply: 'video/mp4',
    errors: [
      'bad_request',
      'no_media',
      'media_unusable',
      'object_missing',
      'database_unavailable',
      'storage_unavailable',
    ],
  },
  getClip: {
    method: 'GET',
    path: '/api/record/{stream}/clip.mp4',
    access: 'read',
    audit: { action: 'download clip', isContinuous: true },
    summary: 'The range as an MP4 file, without re-encoding, with Range and ETag.',
    form: 'ours',
    params: StreamParam,
    query: RangeQuery,
    reply: 'video/mp4',
    errors: [
      'bad_request',
      'invalid_range',
      'no_media',
      'codec_change',
      'media_unusable',
      'range_not_satisfiable',
      'database_unavailable',
      'storage_unavailable',
    ],
  },
});
