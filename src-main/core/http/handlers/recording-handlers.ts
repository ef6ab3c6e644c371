import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { US_PER_DAY } from '../../../../src-shared/util/units.ts';
import { type Clock, nowUs } from '../../base/clock.ts';
import { AppError } from '../../base/errors.ts';
import type { ClipService } from '../../playback/clip-service.ts';
import { layoutChunks } from '../../playback/layout-chunks.ts';
import type { PlaybackService, PlaylistText, ServedMedia } from '../../playback/playback-service.ts';
import { isMediaName, parseRecordingPath } from '../../recordings/recording-path.ts';
import type { SegmentIndex } from '../../segments/segment-index.ts';
import { checkObjectPath } from '../../storage/object-path.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { askedStreams } from '../asked-streams.ts';
import type { CallAudit } from '../call-audit.ts';
import type { Call, Handlers } from '../endpoint.ts';
import { demandRead, isUnlimited, mayRead, type Principal } from '../principal.ts';
import { sendMedia } from '../send-media.ts';
import { redirectOf, sendObject } from '../send-object.ts';
import { asList } from './cluster-handlers.ts';

export interface RecordingHandlerOptions {
  readonly index: SegmentIndex;
  readonly playback: PlaybackService;
  readonly clips: ClipService;
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** Streams a stored object belongs to; none where that is not known. */
  readonly ownersOf: (path: string) => Promise<string[]>;
  /** `segments.report_limit`. */
  readonly reportLimit: number;
  /** How long the redirect of an object to the storage's own service is good; null: objects are served from here. */
  readonly redirectTtlSeconds: number | null;
}

type RecordingRoute =
  | 'reportSegments'
  | 'reportSegmentsByPath'
  | 'listRecordedNames'
  | 'listRecordedStreams'
  | 'getTimeline'
  | 'getCoverage'
  | 'getDays'
  | 'getInstant'
  | 'getMpd'
  | 'getObject'
  | 'getHls'
  | 'getHlsVideo'
  | 'getHlsAudio'
  | 'getHlsInit'
  | 'getHlsSegment'
  | 'getHlsSilence'
  | 'getPicture'
  | 'getClip';

/** Of more streams the coverage is read and sent in parts; a window shows fewer. */
const COVERED_AT_ONCE = 50;
const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl';
/** Ids in these URLs name bytes that change only when a recording is overwritten; the ETag tells. */
const REVALIDATED = 'private, no-cache';

/** Segment reports, the index, playlists, media and clips. */
export function recordingHandlers(options: RecordingHandlerOptions): Pick<Handlers, RecordingRoute> {
  const { clips, clock, index, playback, store } = options;

  const sendServed = (
    request: FastifyRequest,
    reply: FastifyReply,
    media: ServedMedia,
    signal: AbortSignal,
  ) =>
    sendMedia(request, reply, {
      sizeBytes: media.layout.sizeBytes,
      etag: media.etag,
      contentType: media.contentType,
      cacheControl: REVALIDATED,
      open: (startByte, endByte) => layoutChunks(store, media.layout, { startByte, endByte }, { signal }),
    });

  const mayReadObject = async (principal: Principal, path: string): Promise<boolean> => {
    if (isUnlimited(principal)) return mayRead(principal, '*');
    const owners = await options.ownersOf(path);
    return owners.length > 0 && owners.every((stream) => mayRead(principal, stream));
  };

  /** What a manifest lists: where an end is not given a day, the one up to the last recorded instant without a start. */
  const manifestRange = async (stream: string, query: { start_ts?: number; end_ts?: number }) => {
    const { end_ts: endUs, start_ts: startUs } = query;
    const atUs = nowUs(clock);
    if (startUs !== undefined) return { startUs, endUs: endUs ?? Math.min(atUs, startUs + US_PER_DAY) };
    const untilUs = Math.min(endUs ?? atUs, atUs);
    const { beforeUs, segment } = await index.instant(stream, untilUs);
    const lastUs = segment ? untilUs : (beforeUs ?? untilUs);
    return { startUs: Math.max(0, lastUs - US_PER_DAY), endUs: endUs ?? atUs };
  };

  const sendPlaylist = (reply: FastifyReply, text: PlaylistText, type = PLAYLIST_TYPE) =>
    reply
      .header('cache-control', 'no-cache')
      .type(type)
      .send(typeof text === 'string' ? text : Readable.from(text));

  const report = async ({ body, principal }: Call<'reportSegments'> | Call<'reportSegmentsByPath'>) => {
    demandOwnAlias(principal, body.node_alias);
    if (body.segments.length === 0) {
      return { success: false, message: 'No segments provided', processed_count: 0 };
    }
    if (body.segments.length > options.reportLimit) {
      throw new AppError(
        'payload_too_large',
        `A report may hold ${options.reportLimit} segments (segments.report_limit), not ${body.segments.length}. Send several.`,
      );
    }
    const { processedCount } = await index.report(body, nowUs(clock));
    return {
      success: true,
      message: 'Segments processed successfully',
      processed_count: processedCount,
    };
  };

  return {
    reportSegments: report,
    reportSegmentsByPath: report,

    listRecordedNames: async ({ principal }) => {
      const names = await index.recordedNames();
      return { streams: names.filter((stream) => principal !== null && mayRead(principal, stream)) };
    },
    listRecordedStreams: async ({ principal }) => ({
      streams: (await index.recordedStreams()).filter(
        (entry) => principal !== null && mayRead(principal, entry.stream),
      ),
    }),

    getTimeline: async ({ params, query }) => {
      const { limit = 1000, offset = 0 } = query;
      const page = { ...openRange(query), limit, offset };
      const { segments, totalCount } = await index.timeline(params.stream, page);
      return { stream: params.stream, segments, total_count: totalCount };
    },

    getCoverage: async ({ principal, query, reply, signal }) => {
      const streams = [...new Set(asList(query.stream))];
      for (const stream of streams) demandRead(principal, stream);
      const range = closedRange(query);
      const read = (at: number) => {
        signal.throwIfAborted();
        return index.coverage(streams.slice(at, at + COVERED_AT_ONCE), range, query.resolution_us ?? 0);
      };
      // Before the head goes out, so that a failure is answered in words.
      const first = await read(0);
      if (streams.length <= COVERED_AT_ONCE) return { streams: first };
      const texts = async function* () {
        yield `{"streams":[${first.map((each) => JSON.stringify(each)).join(',')}`;
        for (let at = COVERED_AT_ONCE; at < streams.length; at += COVERED_AT_ONCE) {
          yield (await read(at)).map((each) => `,${JSON.stringify(each)}`).join('');
        }
        yield ']}';
      };
      return reply.type('application/json; charset=utf-8').send(Readable.from(texts()));
    },
    getDays: async ({ principal, query }) => {
      const streams = await askedStreams(principal, asList(query.stream), () => index.recordedNames());
      return { days: await index.days(query.month, query.time_zone, streams) };
    },
    getInstant: ({ params, query }) => index.instant(params.stream, query.ts),

    getMpd: async ({ audit, params, query, reply, signal }) => {
      const range = await manifestRange(params.stream, query);
      noteRange(audit, { start_ts: range.startUs, end_ts: range.endUs });
      const basePath = `/api/record/${encodeURIComponent(params.stream)}/hls/`;
      const text = await playback.mpd(params.stream, range, basePath, { signal });
      return sendPlaylist(reply, text, 'application/dash+xml');
    },
    getObject: async ({ audit, params, principal, query, reply, request, signal }) => {
      const { node } = query;
      const path = checkObjectPath(params['*']);
      audit.object(parseRecordingPath(path)?.stream ?? path);
      if (!principal || !(await mayReadObject(principal, path))) {
        throw new AppError('forbidden', "Don't permission");
      }
      if (!isMediaName(path)) {
        throw new AppError('object_missing', `${path} is no file of a recording; nothing else is given out.`);
      }
      // A URL that is signed for GET is refused to who follows it with HEAD.
      if (options.redirectTtlSeconds !== null && request.method !== 'HEAD') {
        const location = await redirectOf(store, path, options.redirectTtlSeconds, { signal, node });
        if (location) return reply.status(307).headers({ location, 'cache-control': 'no-store' }).send();
      }
      return sendObject(request, reply, { store, path, node, signal });
    },

    getHls: async ({ audit, params, query, reply, signal }) => {
      noteRange(audit, query);
      return sendPlaylist(reply, await playback.multivariant(params.stream, askedRange(query), { signal }));
    },
    getHlsVideo: async ({ audit, params, query, reply, signal }) => {
      noteRange(audit, query);
      return sendPlaylist(reply, await playback.video(params.stream, askedRange(query), { signal }));
    },
    getHlsAudio: async ({ audit, params, query, reply, signal }) => {
      noteRange(audit, query);
      return sendPlaylist(reply, await playback.audio(params.stream, askedRange(query), { signal }));
    },
    getHlsInit: async ({ audit, params, reply, request, signal }) => {
      audit.object(params.stream);
      const media = await playback.initSegment(params.stream, params.file, { signal });
      return sendServed(request, reply, media, signal);
    },
    getHlsSegment: async ({ audit, params, reply, request, signal }) => {
      audit.object(params.stream);
      const media = await playback.segment(params.stream, params.file, { signal });
      return sendServed(request, reply, media, signal);
    },
    getHlsSilence: ({ params, reply, request, signal }) =>
      sendServed(request, reply, playback.silence(params.file), signal),

    getPicture: async ({ params, query, reply, request, signal }) =>
      sendServed(request, reply, await playback.picture(params.stream, query.ts, { signal }), signal),

    getClip: async ({ audit, params, query, reply, request, signal }) => {
      noteRange(audit, query);
      const clip = await clips.clip(params.stream, closedRange(query), { signal });
      reply.header(
        'content-disposition',
        `attachment; filename*=UTF-8''${encodeURIComponent(clip.fileName)}`,
      );
      return sendServed(
        request,
        reply,
        { layout: clip.layout, etag: clip.etag, contentType: 'video/mp4' },
        signal,
      );
    },
  };
}

/** A node that reports without a token reports for itself only. */
function demandOwnAlias(principal: Principal | null, alias: string): void {
  if (!principal?.nodes || principal.nodes.includes(alias)) return;
  throw new AppError(
    'forbidden',
    `This address is for reports of ${principal.nodes.join(', ')}, not of ${JSON.stringify(alias.slice(0, 100))}. ` +
      'Check node_alias of the node.',
  );
}

/** What a player or a download asks for. */
function noteRange(
  audit: CallAudit,
  { end_ts, start_ts }: { start_ts: number; end_ts?: number | undefined },
): void {
  audit.detail('startUs', start_ts);
  if (end_ts !== undefined) audit.detail('endUs', end_ts);
}

function askedRange(query: { start_ts: number; end_ts?: number }) {
  return { startUs: query.start_ts, endUs: query.end_ts ?? null };
}

function closedRange(query: { start_ts: number; end_ts: number }) {
  if (query.end_ts <= query.start_ts) {
    throw new AppError(
      'invalid_range',
      'end_ts must be later than start_ts; both are microseconds since 1970.',
    );
  }
  return { startUs: query.start_ts, endUs: query.end_ts };
}

/** Upstream's timeline range: both ends optional and inclusive. */
function openRange(query: { start_ts?: number; end_ts?: number }) {
  const { end_ts: endUs = Number.MAX_SAFE_INTEGER, start_ts: startUs = 0 } = query;
  if (endUs < startUs) throw new AppError('invalid_range', 'end_ts must not be before start_ts.');
  return { startUs, endUs };
}
