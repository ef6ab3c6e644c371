import { ticksToUs } from '../../../src-shared/util/units.ts';
import { AppError } from '../base/errors.ts';
import { type Layout, LayoutBuilder, layoutEtag } from '../media/layout.ts';
import { SILENCE_TIMESCALE, silentInitSegment, silentSegment } from '../media/silence.ts';
import type { CallOptions, ObjectStore } from '../storage/object-store.ts';
import { DashManifest } from './dash-manifest.ts';
import { parseInitName, parseSegmentName, parseSilenceName, type SegmentName } from './hls-names.ts';
import { type AskedRange, MediaPlaylist, multivariantPlaylist } from './hls-playlist.ts';
import { keyFrameAt } from './key-frame.ts';
import { ObjectReader } from './object-reader.ts';
import {
  axisOffset,
  findSegmentAt,
  readFollowingSegment,
  readSegment,
  readTrack,
} from './playback-queries.ts';
import { ensureAnalysed, type LoadedRange, loadRange, type MediaSource } from './range-media.ts';
import { servedSegment } from './served-segment.ts';
import type { PieceRun } from './stitch-pieces.ts';

/** Something to be sent with Range; read its bytes with `layoutChunks`. */
export interface ServedMedia {
  readonly layout: Layout;
  /** Strong validator, without quotes. */
  readonly etag: string;
  readonly contentType: string;
}

/** A playlist; of a range of several pieces one after the other, each read when it is taken. */
export type PlaylistText = string | AsyncIterable<string>;

export interface PlaybackServiceOptions extends MediaSource {
  readonly store: ObjectStore;
}

/**
 * Playlists and media of a stream.
 *
 * Playlists throw invalid_range, no_media (details: nearestBeforeUs, nearestAfterUs), media_unusable,
 * database_unavailable. Files throw not_found (also for what belongs to another stream), object_missing,
 * media_unusable, storage_unavailable, database_unavailable. An abort rejects with the signal's reason.
 */
export interface PlaybackService {
  /** HLS multivariant playlist. */
  multivariant(stream: string, range: AskedRange, options?: CallOptions): Promise<string>;
  /** HLS media playlist of the pictures. */
  video(stream: string, range: AskedRange, options?: CallOptions): Promise<PlaylistText>;
  /** HLS media playlist of the sound: beside pictures, or alone where there are none. */
  audio(stream: string, range: AskedRange, options?: CallOptions): Promise<PlaylistText>;
  /** DASH manifest; `basePath` is the path of the HLS folder, with a slash at the end. */
  mpd(stream: string, range: AskedRange, basePath: string, options?: CallOptions): Promise<PlaylistText>;
  /** `init/{file}` */
  initSegment(stream: string, file: string, options?: CallOptions): Promise<ServedMedia>;
  /** `segment/{file}` */
  segment(stream: string, file: string, options?: CallOptions): Promise<ServedMedia>;
  /** `silence/{file}` */
  silence(file: string): ServedMedia;
  /** The key frame at or before an instant (microseconds), as a film of one picture. */
  picture(stream: string, us: number, options?: CallOptions): Promise<ServedMedia>;
}

/** How long a request for one segment waits until it was examined. */
const SEGMENT_ANALYSIS_WAIT_MS = 8000;
/** 7 bytes for 20 ms: an hour takes 1.3 MB. Pictures longer than that are no media. */
const MAX_SILENCE_TICKS = 3600 * SILENCE_TIMESCALE;

const VIDEO_TYPE = 'video/mp4';
const AUDIO_TYPE = 'audio/mp4';

export function createPlaybackService(options: PlaybackServiceOptions): PlaybackService {
  const { database, store } = options;
  const reader = new ObjectReader(store);

  async function initSegment(
    stream: string,
    file: string,
    { signal }: CallOptions = {},
  ): Promise<ServedMedia> {
    const name = parseInitName(file);
    if (name === 'silence') return generated(silentInitSegment(2), AUDIO_TYPE);
    const found = name === null ? null : await readTrack(database, stream, name);
    if (!found) throw notFound('init segment', stream, file);
    const { entry_type: entryType, init_path: path, timescale, track } = found.track;
    try {
      const { bytes } = await reader.initOf(
        { initPath: path, entryType, timescale },
        { signal, node: found.nodeAlias },
      );
      return generated(bytes, track === 'video' ? VIDEO_TYPE : AUDIO_TYPE);
    } catch (error) {
      if (isUnusable(error)) options.presence?.noteUnusableInit(path, found.nodeAlias);
      throw error;
    }
  }

  async function segment(stream: string, file: string, { signal }: CallOptions = {}): Promise<ServedMedia> {
    const name = parseSegmentName(file);
    const wanted = name && (await byId(stream, name));
    if (!wanted) throw notFound('segment', stream, file);
    let found = await readSegment(database, stream, wanted.id, wanted.startUs);
    if (found && !found.segment.analysis && found.segment.state === 'pending') {
      const range = { startUs: found.segment.start_ts, endUs: found.segment.end_ts + 1 };
      await ensureAnalysed(options, stream, range, SEGMENT_ANALYSIS_WAIT_MS, signal);
      found = await readSegment(database, stream, wanted.id, wanted.startUs);
    }
    if (!found) throw notFound('segment', stream, file);
    const following = await readFollowingSegment(database, found.segment);
    try {
      return await servedSegment(reader, { ...found, following, cut: wanted.cut }, { signal });
    } catch (error) {
      const { id, node_alias: node, path, start_ts: startUs, state } = found.segment;
      if (isMissing(error) && state === 'ok')
        await options.presence?.noteMissing(stream, { id, path, startUs }, node);
      throw error;
    }
  }

  /** A name made of track and time, as DASH templates need them, is looked up in the index first. */
  async function byId(stream: string, name: SegmentName): Promise<Extract<SegmentName, { by: 'id' }> | null> {
    if (name.by === 'id') return name;
    const found = await readTrack(database, stream, name.trackId);
    const axis = found && axisOffset(found.track, found.recordingTracks);
    if (!axis || !found?.track.timescale || found.track.zero_ts === null) return null;
    const startUs =
      found.track.zero_ts + ticksToUs(name.startTicks - axis.offsetTicks, found.track.timescale);
    const segment = await findSegmentAt(database, stream, name.trackId, startUs);
    return segment && { by: 'id', ...segment, cut: null };
  }

  return {
    async multivariant(stream, range, { signal } = {}) {
      const { facts } = await loadRange(options, stream, range, { signal, isJoined: true });
      return multivariantPlaylist(facts, range);
    },
    async video(stream, range, { signal } = {}) {
      const loaded = await loadRange(options, stream, range, { signal, isJoined: true });
      if (loaded.facts.mainTrack !== 'video') throw withoutTrack(stream, 'pictures', 'audio.m3u8');
      return mediaPlaylist(loaded, 'main');
    },
    async audio(stream, range, { signal } = {}) {
      const loaded = await loadRange(options, stream, range, { signal, isJoined: true });
      if (loaded.facts.mainTrack === 'audio') return mediaPlaylist(loaded, 'main');
      if (!loaded.facts.hasAudio) throw withoutTrack(stream, 'playable sound', 'video.m3u8');
      return mediaPlaylist(loaded, 'audio');
    },
    async mpd(stream, range, basePath, { signal } = {}) {
      const manifest = new DashManifest(basePath);
      const measure = (runs: readonly PieceRun[]) => manifest.measure(runs);
      // A Period holds all that it plays.
      const loaded = await loadRange(options, stream, range, { signal, isJoined: false, measure });
      return listed(manifest.head(loaded.isGrowing), manifest, loaded.pieces);
    },
    initSegment,
    segment,
    async picture(stream, us, callOptions) {
      const { layout, objectEtag } = await keyFrameAt(options, reader, stream, us, callOptions);
      return { layout, etag: unquoted(layoutEtag(layout, objectEtag)), contentType: VIDEO_TYPE };
    },
    silence(file) {
      const name = parseSilenceName(file);
      if (!name || name.durationTicks > MAX_SILENCE_TICKS) {
        throw new AppError(
          'bad_request',
          `${JSON.stringify(file)} names no silence. Give {startTicks}-{durationTicks}.m4s at 48 kHz, up to an hour.`,
        );
      }
      const sequence = 1 + (Math.floor(name.startTicks / SILENCE_TIMESCALE) % 0x7fffffff);
      return generated(silentSegment({ ...name, sequence }), AUDIO_TYPE);
    },
  };
}

function mediaPlaylist({ facts, isGrowing, pieces }: LoadedRange, which: 'main' | 'audio'): PlaylistText {
  const playlist = new MediaPlaylist(which, isGrowing);
  return listed(playlist.head(facts), playlist, pieces);
}

interface PlaylistBody {
  add(runs: readonly PieceRun[]): string;
  end(): string;
}

function listed(head: string, body: PlaylistBody, pieces: LoadedRange['pieces']): PlaylistText {
  if (!(Symbol.asyncIterator in pieces)) {
    return head + pieces.map((runs) => body.add(runs)).join('') + body.end();
  }
  return (async function* () {
    yield head;
    for await (const runs of pieces) yield body.add(runs);
    yield body.end();
  })();
}

function isMissing(error: unknown): boolean {
  return error instanceof AppError && error.code === 'object_missing';
}

/** Whether an object is gone or no media. */
function isUnusable(error: unknown): boolean {
  return isMissing(error) || (error instanceof AppError && error.code === 'media_unusable');
}

function generated(bytes: Uint8Array, contentType: string): ServedMedia {
  const layout = new LayoutBuilder().addBytes(bytes).build();
  return { layout, etag: unquoted(layoutEtag(layout, '')), contentType };
}

/** An ETag as `ServedMedia` has it. */
export function unquoted(etag: string): string {
  return etag.replaceAll('"', '');
}

function notFound(what: string, stream: string, file: string): AppError {
  return new AppError(
    'not_found',
    `Stream ${JSON.stringify(stream)} has no ${what} ${JSON.stringify(file)}. Read the playlist again.`,
  );
}

function withoutTrack(stream: string, what: string, instead: string): AppError {
  return new AppError(
    'no_media',
    `Stream ${JSON.stringify(stream)} has no ${what} in this range; play ${instead}.`,
  );
}
