import { AppError } from '../base/errors.ts';
import {
  ascii,
  box,
  concat,
  fullBox,
  requireBox,
  u8,
  u16,
  u32,
  u64,
  viewOf,
  walkBoxes,
  zeros,
} from './boxes.ts';
import { type ClipSegment, piecesOf } from './clip-pieces.ts';
import { pickAudio, pickVideo } from './clip-samples.ts';
import { clipTimeline } from './clip-timeline.ts';
import type { InitSegment } from './init-segment.ts';
import { type Layout, LayoutBuilder } from './layout.ts';
import { ftyp, mdia, mvhd, tkhd } from './movie-boxes.ts';
import type { ClipChunk, SampleTableBuilder } from './sample-table.ts';

export type { ClipSegment } from './clip-pieces.ts';

/** One track of a clip: all segments share `init` (equal `configHash`) and `timescale`. */
export interface ClipTrack {
  kind: 'video' | 'audio';
  init: InitSegment;
  timescale: number;
  /** Any order; enough of them to hold a key frame at or before the in-point. */
  segments: ClipSegment[];
}

export interface ClipInput {
  /** Wall clock, inclusive. */
  startUs: number;
  /** Wall clock, exclusive. */
  endUs: number;
  /** At most one of each kind. */
  tracks: ClipTrack[];
  /** Put into the file for players to show. */
  title?: string;
}

export interface ClipPlan {
  layout: Layout;
  /** What a player shows: the asked range without its gaps. */
  durationUs: number;
  /** Wall clock of the first moment shown; after `startUs` of the input when nothing was recorded there. */
  startUs: number;
  /** How much older than the first moment the first stored picture is; the edit list hides it. */
  startsEarlyUs: number;
  /** Pictures stored, hidden ones included. */
  videoFrames: number;
  /** Wall time inside the asked range without media, more than a second each; closed up in the clip. */
  gaps: { startUs: number; endUs: number }[];
  /** Tracks left out and why, in words; empty when the clip has everything. */
  problems: string[];
}

interface FinishedTrack {
  init: InitSegment;
  timescale: number;
  table: SampleTableBuilder;
}

/**
 * Computes a progressive MP4 of a range: header bytes and ranges of the stored objects, nothing decoded.
 *
 * Memory is in proportion to the sample tables, not to the media. Throws AppError: `invalid_range`, `no_media`,
 * `media_unusable` (no track can be played) or `codec_change`.
 */
export function buildClip(input: ClipInput): ClipPlan {
  const lengthUs = input.endUs - input.startUs;
  if (!(lengthUs > 0)) throw new AppError('invalid_range', 'A clip must end after it starts.');
  for (const track of input.tracks) assertOneConfiguration(track);
  const playable = input.tracks.filter((track) => track.init.isPlayable);
  const problems = input.tracks.flatMap(({ init }) => (init.problem === null ? [] : [init.problem]));
  const video = playable.find((track) => track.kind === 'video');
  const audio = playable.find((track) => track.kind === 'audio');
  const master = video ?? audio;
  if (master === undefined) {
    const reason = problems.join(' ') || 'Nothing is recorded in this range.';
    throw new AppError(problems.length > 0 ? 'media_unusable' : 'no_media', reason);
  }
  const originUs = input.startUs;
  const timeline = clipTimeline(piecesOf(master.segments, master, originUs), lengthUs);
  const tracks: FinishedTrack[] = [];
  const inPointUs = timeline.windows[0]!.startUs;
  let startsEarlyUs = 0;
  let videoFrames = 0;
  if (video !== undefined) {
    const { timescale, init } = video;
    const { table, firstWallUs } = pickVideo({ timescale, originUs, timeline });
    startsEarlyUs = Math.round(inPointUs - firstWallUs);
    videoFrames = table.sampleCount;
    tracks.push({ init, timescale, table });
  }
  if (audio !== undefined) {
    const { timescale, init, segments } = audio;
    const table = pickAudio(segments, { timescale, originUs, timeline });
    if (table.sampleCount > 0) tracks.push({ init, timescale, table });
  }
  return {
    layout: fileLayout(tracks, timeline.durationUs, originUs + inPointUs, input.title),
    durationUs: Math.round(timeline.durationUs),
    startUs: Math.round(originUs + inPointUs),
    startsEarlyUs,
    videoFrames,
    gaps: timeline.gaps.map((gap) => ({
      startUs: Math.round(originUs + gap.startUs),
      endUs: Math.round(originUs + gap.endUs),
    })),
    problems,
  };
}

function assertOneConfiguration(track: ClipTrack): void {
  const other = track.segments.find(
    ({ configHash }) => configHash !== undefined && configHash !== track.init.configHash,
  );
  if (other === undefined) return;
  throw new AppError('codec_change', `The codec configuration changes at ${other.path}; export it in parts.`);
}

function fileLayout(
  tracks: readonly FinishedTrack[],
  durationUs: number,
  createdUs: number,
  title: string | undefined,
): Layout {
  // The first sound comes before the first pictures, so that readers learn about both tracks at once.
  const orderOf = (track: number, index: number, chunk: ClipChunk): number =>
    index === 0 && tracks[track]?.init.track === 'audio' ? -Infinity : chunk.mediaUs;
  const chunks = tracks
    .flatMap(({ table }, track) =>
      table.chunks.map((chunk, index) => ({ chunk, track, index, order: orderOf(track, index, chunk) })),
    )
    .sort((a, b) => a.order - b.order || a.track - b.track);
  const head = ftyp(tracks.map(({ init }) => init.entryType));
  const dataBytes = chunks.reduce((sum, { chunk }) => sum + chunk.data.sizeBytes, 0);
  const is64Bit = head.length + mostMoovBytes(tracks) + 16 + dataBytes > 0xffffffff;
  const movie = moov(tracks, durationUs, createdUs, title, is64Bit);
  const mdatHeader = is64Bit
    ? concat([u32(1), ascii('mdat'), u64(dataBytes + 16)])
    : concat([u32(dataBytes + 8), ascii('mdat')]);
  const offsets = tracks.map(({ table }) => new Float64Array(table.chunks.length));
  let at = head.length + movie.length + mdatHeader.length;
  for (const { chunk, track, index } of chunks) {
    offsets[track]![index] = at;
    at += chunk.data.sizeBytes;
  }
  fillChunkOffsets(movie, offsets, is64Bit);
  const builder = new LayoutBuilder().addBytes(concat([head, movie, mdatHeader]));
  for (const { chunk } of chunks) builder.addLayout(chunk.data);
  return builder.build();
}

/** 16 bytes of tables a sample and 20 a chunk, and ample room for the rest. */
function mostMoovBytes(tracks: readonly FinishedTrack[]): number {
  return tracks.reduce(
    (sum, { table }) => sum + table.sampleCount * 16 + table.chunks.length * 20 + 65_536,
    65_536,
  );
}

/** Writes the offsets of each track's chunks over the zeros in `movie`: they depend on its size, which is large. */
function fillChunkOffsets(movie: Uint8Array, offsets: readonly Float64Array[], is64Bit: boolean): void {
  const view = viewOf(movie);
  const root = requireBox(movie, ['moov']);
  const traks = [...walkBoxes(movie, root.bodyByte, root.endByte)].filter(({ type }) => type === 'trak');
  traks.forEach(({ bodyByte, endByte }, track) => {
    const path = ['mdia', 'minf', 'stbl', is64Bit ? 'co64' : 'stco'];
    const firstByte = requireBox(movie, path, bodyByte, endByte).bodyByte + 8;
    offsets[track]!.forEach((offset, i) => {
      if (is64Bit) view.setBigUint64(firstByte + i * 8, BigInt(offset));
      else view.setUint32(firstByte + i * 4, offset);
    });
  });
}

function moov(
  tracks: readonly FinishedTrack[],
  durationUs: number,
  createdUs: number,
  title: string | undefined,
  is64Bit: boolean,
): Uint8Array {
  const timescale = tracks[0]!.timescale;
  const durationTicks = Math.round((durationUs * timescale) / 1e6);
  const traks = tracks.map((track, i) => {
    const { init, table } = track;
    const edit = editList(track, timescale, durationTicks);
    const kind = init.track;
    const mediaTime = {
      createdUs,
      timescale: track.timescale,
      durationTicks: table.endTicks - table.firstTicks,
    };
    return box(
      'trak',
      tkhd(
        { createdUs, timescale, durationTicks: edit.durationTicks },
        { kind, trackId: i + 1, width: init.width, height: init.height },
      ),
      box('edts', edit.bytes),
      mdia(mediaTime, kind, table.stbl(init.stsdEntry, is64Bit)),
    );
  });
  const movieTime = { createdUs, timescale, durationTicks };
  return box('moov', mvhd(movieTime, tracks.length + 1), ...traks, metadata(createdUs, title));
}

/** Hides what lies before the in-point; a track that begins later waits with an empty edit. Movie ticks. */
function editList(
  { table, timescale }: FinishedTrack,
  movieTimescale: number,
  movieTicks: number,
): { bytes: Uint8Array; durationTicks: number } {
  const inMovieTicks = (ticks: number): number => Math.round((ticks * movieTimescale) / timescale);
  const waitTicks = Math.max(inMovieTicks(Math.max(table.firstTicks, 0)), 0);
  const endTicks = Math.max(Math.min(inMovieTicks(table.endTicks), movieTicks), waitTicks + 1);
  const mediaTime = Math.max(-table.firstTicks, 0);
  const entries = [
    ...(waitTicks > 0 ? [concat([u64(waitTicks), EMPTY_EDIT, u16(1, 0)])] : []),
    concat([u64(endTicks - waitTicks), u64(mediaTime), u16(1, 0)]),
  ];
  return {
    bytes: fullBox('elst', 1, 0, u32(entries.length), ...entries),
    durationTicks: endTicks,
  };
}

const EMPTY_EDIT = u8(255, 255, 255, 255, 255, 255, 255, 255);

/** Title and exact start, in the form that ffmpeg, VLC and QuickTime read. */
function metadata(createdUs: number, title: string | undefined): Uint8Array {
  const item = (type: string, text: string): Uint8Array => box(type, box('data', u32(1, 0), ascii(text)));
  const items = [
    ...(title === undefined ? [] : [item('\xa9nam', title)]),
    item('\xa9day', new Date(createdUs / 1000).toISOString()),
  ];
  const hdlr = fullBox('hdlr', 0, 0, u32(0), ascii('mdirappl'), zeros(9));
  return box('udta', fullBox('meta', 0, 0, hdlr, box('ilst', ...items)));
}
