import { ascii, box, concat, fullBox, u8, u16, u32, u64, zeros } from './boxes.ts';

/** The boxes that an init segment and a clip have in common. */

const IDENTITY_MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
const LANGUAGE_UNDETERMINED = 0x55c4;
const EPOCH_1904_S = 2_082_844_800;

export interface MovieTime {
  /** Wall clock in microseconds since 1970, or `null` for none. */
  createdUs: number | null;
  timescale: number;
  /** In `timescale` units; 0 for a fragmented file. */
  durationTicks: number;
}

export interface TrackDescription {
  kind: 'video' | 'audio';
  trackId: number;
  width: number;
  height: number;
}

export function ftyp(entryTypes: readonly string[]): Uint8Array {
  const brands = ['isom', 'iso2', 'iso6', 'mp41', ...entryTypes];
  return box('ftyp', ascii('isom'), u32(512), ascii([...new Set(brands)].join('')));
}

export function mvhd(time: MovieTime, nextTrackId: number): Uint8Array {
  const { version, created, duration } = timeFields(time);
  return fullBox(
    'mvhd',
    version,
    0,
    created,
    u32(time.timescale),
    duration,
    u32(0x10000),
    u16(0x100, 0),
    zeros(8),
    IDENTITY_MATRIX,
    zeros(24),
    u32(nextTrackId),
  );
}

/** `time.durationTicks` is in the movie's timescale here. */
export function tkhd(time: MovieTime, track: TrackDescription): Uint8Array {
  const { version, created, duration } = timeFields(time);
  const isAudio = track.kind === 'audio';
  return fullBox(
    'tkhd',
    version,
    3,
    created,
    u32(track.trackId, 0),
    duration,
    zeros(8),
    u16(0, isAudio ? 1 : 0, isAudio ? 0x100 : 0, 0),
    IDENTITY_MATRIX,
    u32(track.width * 0x10000, track.height * 0x10000),
  );
}

/** mdia with mdhd, hdlr and minf; `sampleTable` is the whole stbl box. */
export function mdia(time: MovieTime, kind: 'video' | 'audio', sampleTable: Uint8Array): Uint8Array {
  const { version, created, duration } = timeFields(time);
  const mdhd = fullBox(
    'mdhd',
    version,
    0,
    created,
    u32(time.timescale),
    duration,
    u16(LANGUAGE_UNDETERMINED, 0),
  );
  const handler = kind === 'video' ? 'vide' : 'soun';
  const name = kind === 'video' ? 'VideoHandler' : 'SoundHandler';
  const hdlr = fullBox('hdlr', 0, 0, u32(0), ascii(handler), zeros(12), ascii(name), u8(0));
  const mediaHeader = kind === 'video' ? fullBox('vmhd', 0, 1, zeros(8)) : fullBox('smhd', 0, 0, zeros(4));
  const dinf = box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1)));
  return box('mdia', mdhd, hdlr, box('minf', mediaHeader, dinf, sampleTable));
}

export function stsd(entry: Uint8Array): Uint8Array {
  return fullBox('stsd', 0, 0, u32(1), entry);
}

/** ftyp + moov of a fragmented file with one track. */
export function initSegmentBytes(
  track: TrackDescription & { timescale: number; entryType: string },
  stsdEntry: Uint8Array,
): Uint8Array {
  const time: MovieTime = { createdUs: null, timescale: track.timescale, durationTicks: 0 };
  const stbl = box(
    'stbl',
    stsd(stsdEntry),
    fullBox('stts', 0, 0, u32(0)),
    fullBox('stsc', 0, 0, u32(0)),
    fullBox('stsz', 0, 0, u32(0, 0)),
    fullBox('stco', 0, 0, u32(0)),
  );
  // Sync is stated per sample in every fragment; the default only matters to readers that look at trex alone.
  const trexFlags = track.kind === 'video' ? 0x01010000 : 0x02000000;
  const mvex = box('mvex', fullBox('trex', 0, 0, u32(track.trackId, 1, 0, 0, trexFlags)));
  const trak = box('trak', tkhd(time, track), mdia(time, track.kind, stbl));
  return concat([ftyp([track.entryType]), box('moov', mvhd(time, track.trackId + 1), trak, mvex)]);
}

function timeFields(time: MovieTime): { version: 0 | 1; created: Uint8Array; duration: Uint8Array } {
  const created = time.createdUs === null ? 0 : Math.floor(time.createdUs / 1e6) + EPOCH_1904_S;
  if (created <= 0xffffffff && time.durationTicks <= 0xffffffff) {
    return { version: 0, created: u32(created, created), duration: u32(time.durationTicks) };
  }
  return { version: 1, created: u64(created, created), duration: u64(time.durationTicks) };
}
