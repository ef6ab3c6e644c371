import { createHash } from 'node:crypto';
import {
  type BoxRange,
  box,
  findBox,
  fourCc,
  printable,
  requireBody,
  requireBox,
  viewOf,
  walkBoxes,
} from './boxes.ts';
import { type CodecFamily, codecKindOf, readCodecConfig } from './codec-config.ts';
import { MediaFormatError } from './media-error.ts';
import { initSegmentBytes } from './movie-boxes.ts';

/** What a fragment may leave to its init segment (`trex`). */
export interface SampleDefaults {
  durationTicks: number;
  sizeBytes: number;
  flags: number;
}

/** One track's init segment, read and put right. */
export interface InitSegment {
  track: 'video' | 'audio';
  trackId: number;
  /** Ticks per second of the media. */
  timescale: number;
  /** Four characters of the sample entry (`avc1`), `?` for those that are none of a text. */
  entryType: string;
  codecFamily: CodecFamily;
  /** True RFC 6381 string, computed from the configuration box; the entry type alone for unknown codecs. */
  codecString: string;
  /** Pixels; 0 for audio. */
  width: number;
  height: number;
  /** 0 for video, as the sample rate is. */
  channels: number;
  sampleRateHz: number;
  /** The sample entry box as a clip holds it, with the recorder's errors put right. */
  stsdEntry: Uint8Array;
  /** Hex SHA-256; two inits with the same one can share a sample description. */
  configHash: string;
  isPlayable: boolean;
  /** Why not, in an operator's words. */
  problem: string | null;
  defaults: SampleDefaults;
}

const VIDEO_ENTRY_BYTES = 78;
const AUDIO_ENTRY_BYTES = 28;
const OPUS_TIMESCALE = 48_000;
/** What the index holds; media have a million at most. */
const MAX_TIMESCALE = 2 ** 31 - 1;

/**
 * Reads an init segment with one track.
 * Throws MediaFormatError when it is no init segment; a codec we cannot play is a `problem`, not an error.
 */
export function parseInitSegment(bytes: Uint8Array): InitSegment {
  const moov = requireBox(bytes, ['moov']);
  const traks = [...walkBoxes(bytes, moov.bodyByte, moov.endByte)].filter((child) => child.type === 'trak');
  const trak = traks[0];
  if (trak === undefined || traks.length > 1) {
    throw new MediaFormatError(`The init segment has ${traks.length} tracks; exactly one is expected.`);
  }
  const within = (path: string[], bodySizeBytes: number): BoxRange => {
    const found = requireBox(bytes, path, trak.bodyByte, trak.endByte);
    requireBody(found, bodySizeBytes);
    return found;
  };
  const view = viewOf(bytes);
  const track = trackKind(bytes, within(['mdia', 'hdlr'], 12));
  const tkhd = within(['tkhd'], 24);
  const trackId = view.getUint32(tkhd.bodyByte + (bytes[tkhd.bodyByte] === 1 ? 20 : 12));
  const mdhd = within(['mdia', 'mdhd'], 24);
  const timescale = view.getUint32(mdhd.bodyByte + (bytes[mdhd.bodyByte] === 1 ? 20 : 12));
  if (timescale === 0 || timescale > MAX_TIMESCALE) {
    throw new MediaFormatError(`The init segment states a timescale of ${timescale}.`);
  }
  const stsdBox = within(['mdia', 'minf', 'stbl', 'stsd'], 8);
  const entry = [...walkBoxes(bytes, stsdBox.bodyByte + 8, stsdBox.endByte)][0];
  if (entry === undefined) throw new MediaFormatError('The init segment has no sample entry.');
  return describe(bytes, { track, trackId, timescale, defaults: sampleDefaults(bytes, moov) }, entry);
}

/**
 * The init segment as we serve it: written anew with the corrected sample entry, a valid language, the right
 * `smhd` size and an audible audio track. Throws MediaFormatError like `parseInitSegment`.
 */
export function correctedInitSegment(bytes: Uint8Array): Uint8Array {
  const init = parseInitSegment(bytes);
  return initSegmentBytes({ ...init, kind: init.track }, init.stsdEntry);
}

function describe(
  bytes: Uint8Array,
  head: Pick<InitSegment, 'track' | 'trackId' | 'timescale' | 'defaults'>,
  entry: BoxRange,
): InitSegment {
  const view = viewOf(bytes);
  const isVideo = head.track === 'video';
  const fixedBytes = isVideo ? VIDEO_ENTRY_BYTES : AUDIO_ENTRY_BYTES;
  requireBody(entry, fixedBytes);
  const at = entry.bodyByte;
  const width = isVideo ? view.getUint16(at + 24) : 0;
  const height = isVideo ? view.getUint16(at + 26) : 0;
  const channels = isVideo ? 0 : view.getUint16(at + 16);
  const sampleRateHz = isVideo ? 0 : view.getUint16(at + 24);

  const kind = codecKindOf(entry.type);
  const config = kind === null ? null : findBox(bytes, [kind.configType], at + fixedBytes, entry.endByte);
  const read = kind === null || config === null ? null : readCodecConfig(kind, entry.type, bytes, config);
  const stsdEntry =
    kind === null || config === null || read === null
      ? bytes.slice(entry.startByte, entry.endByte)
      : box(
          entry.type,
          bytes.subarray(at, config.startByte),
          box(kind.configType, read.body),
          bytes.subarray(config.endByte, entry.endByte),
        );
  const codecFamily = kind?.family ?? 'unknown';
  const problem = problemOf(entry.type, codecFamily, kind?.configType, read !== null, head);
  const shape = [entry.type, width, height, channels, head.timescale].join(' ');
  return {
    ...head,
    entryType: printable(entry.type),
    codecFamily,
    codecString: read?.codecString ?? printable(entry.type),
    width,
    height,
    channels,
    sampleRateHz,
    stsdEntry,
    configHash: createHash('sha256')
      .update(shape)
      .update(read?.body ?? stsdEntry)
      .digest('hex'),
    isPlayable: problem === null,
    problem,
  };
}

function problemOf(
  entryType: string,
  family: CodecFamily,
  configType: string | undefined,
  hasConfig: boolean,
  head: Pick<InitSegment, 'track' | 'timescale'>,
): string | null {
  const what = head.track === 'video' ? 'The picture' : 'The sound';
  if (family === 'unknown') {
    return `${what} is stored as '${printable(entryType)}', a codec that cannot be played here.`;
  }
  if (!hasConfig) {
    return `${what} cannot be decoded: its init segment lacks the codec configuration ('${configType}').`;
  }
  if (family === 'opus' && head.timescale !== OPUS_TIMESCALE) {
    const likely = head.timescale === 8000 ? 'most likely G.711 (PCMA or PCMU) or G.722' : 'another codec';
    return `The sound cannot be decoded: the node labelled it Opus, but its clock of ${head.timescale} Hz shows that it is ${likely}. Publish Opus to record sound.`;
  }
  if ((family === 'opus') !== (head.track === 'audio')) {
    return `${what} track holds '${printable(entryType)}', which does not belong there.`;
  }
  return null;
}

function trackKind(bytes: Uint8Array, hdlr: BoxRange): 'video' | 'audio' {
  const handler = fourCc(bytes, hdlr.bodyByte + 8);
  if (handler === 'vide') return 'video';
  if (handler === 'soun') return 'audio';
  throw new MediaFormatError(`The init segment's track is '${printable(handler)}', neither video nor audio.`);
}

function sampleDefaults(bytes: Uint8Array, moov: BoxRange): SampleDefaults {
  const trex = findBox(bytes, ['mvex', 'trex'], moov.bodyByte, moov.endByte);
  if (trex === null) return { durationTicks: 0, sizeBytes: 0, flags: 0 };
  requireBody(trex, 24);
  const view = viewOf(bytes.subarray(trex.bodyByte));
  return {
    durationTicks: view.getUint32(12),
    sizeBytes: view.getUint32(16),
    flags: view.getUint32(20),
  };
}
