import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { ticksToUs } from '../../../src-shared/util/units.ts';
import { AppError } from '../base/errors.ts';
import type { Database } from '../db/database.ts';
import { loadTrack, type TestTrack } from '../media/media-test-kit.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { ClipService } from './clip-service.ts';
import { layoutChunks } from './layout-chunks.ts';
import type { PlaybackService, PlaylistText, ServedMedia } from './playback-service.ts';

/** Helpers of the integration tests of playback and exports. */

export interface IndexedRecording {
  id: string;
  startUs: number;
  endUs: number;
  trackIds: { video?: string; audio?: string };
}

export interface IndexOptions {
  /** Below the captures: `head/recordings/cam1/1795345208`. */
  folder: string;
  stream: string;
  node?: string;
  /** What file names begin with; tracks without a prefix are left out. */
  prefixes: { video?: string; audio?: string };
  /** Moves everything on the wall. */
  shiftUs?: number;
  /** Moves the sound alone. */
  audioShiftUs?: number;
  /** Segments that are indexed, by their place from 0; all by default. */
  keep?: (place: number, kind: 'video' | 'audio') => boolean;
  isMissing?: (place: number, kind: 'video' | 'audio') => boolean;
}

/** Puts a captured recording into the index as the indexer does. */
export async function indexCapture({ db }: Database, options: IndexOptions): Promise<IndexedRecording> {
  const id = randomUUID();
  const tracks: { kind: 'video' | 'audio'; track: TestTrack; id: string }[] = [];
  for (const kind of ['video', 'audio'] as const) {
    const prefix = options.prefixes[kind];
    if (prefix === undefined) continue;
    tracks.push({ kind, track: await loadTrack(options.folder, prefix), id: randomUUID() });
  }
  const rows = tracks.flatMap(({ kind, track, id: trackId }) =>
    segmentRows(options, kind, track, id, trackId),
  );
  const startUs = Math.min(...rows.map((row) => row.start_ts));
  const endUs = Math.max(...rows.map((row) => row.end_ts));
  await db
    .insertInto('recordings')
    .values({
      id,
      stream: options.stream,
      node_alias: options.node ?? 'a',
      dir: `${options.folder}-${id}`,
      start_ts: startUs,
      end_ts: endUs,
    })
    .execute();
  for (const { kind, track, id: trackId } of tracks) {
    const { init } = track;
    await db
      .insertInto('tracks')
      .values({
        id: trackId,
        recording_id: id,
        track: kind,
        init_path: track.initPath,
        init_state: 'ok',
        zero_ts: zeroOf(options, kind, track),
        clock_source: 'file',
        timescale: init.timescale,
        entry_type: init.entryType,
        codec: init.codecString,
        width: init.width || null,
        height: init.height || null,
        channels: init.channels || null,
        config_hash: init.configHash,
        problem: init.problem,
        carry: null,
      })
      .execute();
  }
  await db.insertInto('segments').values(rows).execute();
  const trackIds = Object.fromEntries(tracks.map((track) => [track.kind, track.id]));
  return { id, startUs, endUs, trackIds };
}

function segmentRows(
  options: IndexOptions,
  kind: 'video' | 'audio',
  track: TestTrack,
  recordingId: string,
  trackId: string,
) {
  const { timescale } = track.init;
  const zeroUs = zeroOf(options, kind, track);
  return track.segments.flatMap(({ analysis, path, bytes }, place) => {
    if (options.keep && !options.keep(place, kind)) return [];
    const startUs = zeroUs + ticksToUs(analysis.startTicks, timescale);
    const endUs = zeroUs + ticksToUs(analysis.endTicks, timescale);
    const isMissing = options.isMissing?.(place, kind) ?? false;
    return [
      {
        id: randomUUID(),
        node_alias: options.node ?? 'a',
        stream: options.stream,
        start_ts: startUs,
        end_ts: endUs,
        duration_ms: Math.round((endUs - startUs) / 1000),
        path,
        is_keyframe: analysis.firstSyncIndex === 0,
        track: kind,
        recording_id: recordingId,
        track_id: trackId,
        seq: place + 1,
        media_start_us: null,
        size_bytes: bytes.length,
        clock_source: 'file' as const,
        state: isMissing ? ('missing' as const) : ('ok' as const),
        analysis: JSON.stringify(analysis),
        problem: null,
      },
    ];
  });
}

function zeroOf(options: IndexOptions, kind: 'video' | 'audio', track: TestTrack): number {
  const own = kind === 'audio' ? (options.audioShiftUs ?? 0) : 0;
  return track.zeroUs + (options.shiftUs ?? 0) + own;
}

/** All of a playlist. */
export async function textOf(playlist: Promise<PlaylistText>): Promise<string> {
  let text = '';
  for await (const piece of await playlist) text += piece;
  return text;
}

export interface PlaybackServer {
  /** `http://127.0.0.1:port` */
  origin: string;
  close(): Promise<void>;
}

/** `/{stream}/hls/…`, `/{stream}/mpd`, `/{stream}/clip.mp4`, as the real routes; no ranges. */
export async function servePlayback(
  playback: PlaybackService,
  clips: ClipService | null,
  store: ObjectStore,
): Promise<PlaybackServer> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.statusCode = error instanceof AppError ? error.status : 500;
      response.end(error instanceof Error ? error.message : 'failed');
    });
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const [, stream = '', ...rest] = url.pathname.split('/').map(decodeURIComponent);
    const end = url.searchParams.get('end_ts');
    const range = {
      startUs: Number(url.searchParams.get('start_ts')),
      endUs: end === null ? null : Number(end),
    };
    const text = (body: string, type: string) => {
      response.setHeader('content-type', type);
      response.end(body);
    };
    const media = async ({ layout, contentType }: ServedMedia) => {
      response.setHeader('content-type', contentType);
      response.setHeader('content-length', layout.sizeBytes);
      for await (const chunk of layoutChunks(store, layout)) {
        await new Promise((sent) => response.write(chunk, sent));
      }
      response.end();
    };
    const hls = 'application/vnd.apple.mpegurl';
    switch (rest.slice(0, 2).join('/')) {
      case 'hls/index.m3u8':
        return text(await playback.multivariant(stream, range), hls);
      case 'hls/video.m3u8':
        return text(await textOf(playback.video(stream, range)), hls);
      case 'hls/audio.m3u8':
        return text(await textOf(playback.audio(stream, range)), hls);
      case 'mpd': {
        const basePath = `/${encodeURIComponent(stream)}/hls/`;
        return text(await textOf(playback.mpd(stream, range, basePath)), 'application/dash+xml');
      }
      case 'hls/init':
        return media(await playback.initSegment(stream, rest[2] ?? ''));
      case 'hls/segment':
        return media(await playback.segment(stream, rest[2] ?? ''));
      case 'picture.mp4':
        return media(await playback.picture(stream, Number(url.searchParams.get('ts'))));
      case 'hls/silence':
        return media(playback.silence(rest[2] ?? ''));
      case 'clip.mp4': {
        if (!clips || range.endUs === null) break;
        const clip = await clips.clip(stream, { startUs: range.startUs, endUs: range.endUs });
        return media({ ...clip, contentType: 'video/mp4' });
      }
    }
    response.statusCode = 404;
    response.end('no such route');
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const run = promisify(execFile);

/** Decodes everything ffmpeg finds at `url`: its messages, and how many frames came out of each track. */
export async function decode(
  url: string,
): Promise<{ messages: string; videoFrames: number; audioFrames: number }> {
  const args = [
    '-v',
    'error',
    '-count_frames',
    '-show_entries',
    'stream=codec_type,nb_read_frames',
    '-of',
    'json',
    url,
  ];
  const { stdout, stderr } = await run('ffprobe', args, { timeout: 60_000 });
  // Converting shows more than reading: times are rounded to the rate that was guessed.
  const toNothing = ['-nostdin', '-v', 'error', '-i', url, '-f', 'null', '-'];
  const converted = await run('ffmpeg', toNothing, { timeout: 60_000 });
  const { streams } = JSON.parse(stdout) as { streams: { codec_type: string; nb_read_frames?: string }[] };
  const framesOf = (type: string) =>
    Number(streams.find((stream) => stream.codec_type === type)?.nb_read_frames ?? 0);
  return {
    messages: (stderr + converted.stderr).trim(),
    videoFrames: framesOf('video'),
    audioFrames: framesOf('audio'),
  };
}
