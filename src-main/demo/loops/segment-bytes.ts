import { type LoopTrack, sampleCount } from './loop.ts';

const SYNC_SAMPLE_FLAGS = 0x0200_0000;

/**
 * The bytes of one segment file, as parts to be written one after the other.
 *
 * `firstSample` counts from the start of the endless loop, `recordedSamples` from the start of the recording
 * (it gives the decode time); `sequence` is the number in the file name.
 */
export function segmentParts(
  track: LoopTrack,
  segment: { firstSample: number; recordedSamples: number; count: number; sequence: number },
): Buffer[] {
  const { count } = segment;
  const header = Buffer.alloc(120 + 12 * count);
  const total = sampleCount(track);
  const parts: Buffer[] = [header];
  let dataBytes = 0;
  let row = 112;
  for (let done = 0; done < count; ) {
    const from = (segment.firstSample + done) % total;
    const to = Math.min(total, from + count - done);
    for (let sample = from; sample < to; sample++) {
      header.writeUInt32BE(track.sampleTicks, row);
      header.writeUInt32BE(track.offsets[sample + 1]! - track.offsets[sample]!, row + 4);
      header.writeUInt32BE(track.flags[sample]!, row + 8);
      row += 12;
    }
    const body = track.data.subarray(track.offsets[from], track.offsets[to]);
    parts.push(body);
    dataBytes += body.length;
    done += to - from;
  }
  writeBoxes(header, track, segment, dataBytes);
  return parts;
}

/** Whether the segment would start with a key frame. */
export function startsWithKeyFrame(track: LoopTrack, firstSample: number): boolean {
  return track.flags[firstSample % sampleCount(track)] === SYNC_SAMPLE_FLAGS;
}

/**
 * Number of samples of a whole segment file, or undefined when the file is cut off or no segment.
 *
 * `head` are its first bytes (112 are enough), `sizeBytes` is its size.
 */
export function readSampleCount(head: Buffer, sizeBytes: number): number | undefined {
  if (head.length < 112 || head.toString('latin1', 4, 8) !== 'styp') return undefined;
  const moofBytes = head.readUInt32BE(24);
  const count = head.readUInt32BE(104);
  if (moofBytes !== 88 + 12 * count || sizeBytes < 120 + 12 * count) return undefined;
  return count;
}

/** Fixed offsets: styp 0, moof 24, mfhd 32, traf 48, tfhd 56, tfdt 72, trun 92, mdat 112 + 12n. */
function writeBoxes(
  header: Buffer,
  track: LoopTrack,
  segment: { recordedSamples: number; count: number; sequence: number },
  dataBytes: number,
): void {
  const rows = 12 * segment.count;
  const box = (at: number, sizeBytes: number, type: string) => {
    header.writeUInt32BE(sizeBytes, at);
    header.write(type, at + 4, 'latin1');
  };
  box(0, 24, 'styp');
  header.write('msdh\0\0\0\0msdhdash', 8, 'latin1');
  box(24, 88 + rows, 'moof');
  box(32, 16, 'mfhd');
  header.writeUInt32BE(segment.sequence, 44);
  box(48, 64 + rows, 'traf');
  box(56, 16, 'tfhd');
  header.writeUInt32BE(0x0000_0200, 64);
  header.writeUInt32BE(track.trackId, 68);
  box(72, 20, 'tfdt');
  header.writeUInt32BE(0x0100_0000, 80);
  header.writeBigUInt64BE(BigInt(segment.recordedSamples) * BigInt(track.sampleTicks), 84);
  box(92, 20 + rows, 'trun');
  header.writeUInt32BE(0x0000_0701, 100);
  header.writeUInt32BE(segment.count, 104);
  header.writeUInt32BE(96 + rows, 108);
  box(112 + rows, 8 + dataBytes, 'mdat');
}
