import { box, u8, u16, u32, viewOf, zeros } from './boxes.ts';
import { fragmentBytes, type SampleRun } from './fragment-writer.ts';
import { initSegmentBytes } from './movie-boxes.ts';

/** Ticks per second of the silence, and of every Opus track. */
export const SILENCE_TIMESCALE = 48_000;

/** 20 ms of Opus silence: full band, one frame, no content. */
const SILENT_PACKET = u8(0xf8, 0xff, 0xfe);
const PACKET_TICKS = 960;
const TRACK_ID = 2;
const SYNC_FLAGS = 0x02000000;

/** Init segment of a silent Opus track that can stand in for a recorded one; `channels` is 1 or 2. */
export function silentInitSegment(channels: number): Uint8Array {
  const config = box('dOps', u8(0, channels), u16(0), u32(SILENCE_TIMESCALE), u16(0), u8(0));
  const entry = box(
    'Opus',
    zeros(6),
    u16(1),
    zeros(8),
    u16(channels, 16, 0, 0),
    u16(SILENCE_TIMESCALE, 0),
    config,
  );
  const track = { kind: 'audio', trackId: TRACK_ID, width: 0, height: 0, entryType: 'Opus' } as const;
  return initSegmentBytes({ ...track, timescale: SILENCE_TIMESCALE }, entry);
}

/**
 * A media segment of silence, all times in ticks of `SILENCE_TIMESCALE`.
 * The last packet is cut short by its duration so that the segment lasts exactly `durationTicks` (more than 0).
 * It takes 7 bytes for each 20 ms.
 */
export function silentSegment(input: {
  startTicks: number;
  durationTicks: number;
  sequence: number;
}): Uint8Array {
  const { startTicks, durationTicks, sequence } = input;
  if (!Number.isSafeInteger(durationTicks) || durationTicks <= 0) {
    throw new RangeError(`Silence cannot last ${durationTicks} ticks.`);
  }
  const sampleCount = Math.ceil(durationTicks / PACKET_TICKS);
  const rows = new Uint8Array(sampleCount * 4);
  const view = viewOf(rows);
  for (let i = 0; i < sampleCount; i += 1) {
    view.setUint32(i * 4, Math.min(PACKET_TICKS, durationTicks - i * PACKET_TICKS));
  }
  const defaults = { flags: 0x10 | 0x20, fields: u32(SILENT_PACKET.length, SYNC_FLAGS) };
  const run: SampleRun = { flags: 0x100, sampleCount, rows };
  const header = fragmentBytes(
    { sequence, trackId: TRACK_ID, startTicks },
    defaults,
    [run],
    sampleCount * SILENT_PACKET.length,
  );
  const bytes = new Uint8Array(header.length + sampleCount * SILENT_PACKET.length);
  bytes.set(header);
  for (let at = header.length; at < bytes.length; at += SILENT_PACKET.length) bytes.set(SILENT_PACKET, at);
  return bytes;
}
