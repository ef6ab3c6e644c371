import { crc32 } from 'node:zlib';
import type { Static } from 'typebox';
import type { SegmentReport } from '../../../src-shared/contract/recording-routes.ts';

/** A report as it lies in the journal. */
export interface JournalEntry {
  report: Static<typeof SegmentReport>;
  /** When it came, microseconds since the epoch. */
  arrivedAtUs: number;
  /** See `ArrivedReport`. */
  clockStepsUs?: readonly number[] | undefined;
}

/** What can be told of a record without reading its JSON. */
export interface JournalRecord {
  arrivedAtUs: number;
  segmentCount: number;
  /** JSON of the rest of the entry. */
  payload: Buffer;
}

/**
 * Length of what follows the check sum (u32), CRC-32 of that (u32), then arrival (f64), number of segments (u32) and
 * the rest of the entry as JSON; little-endian.
 */
const FRAME_BYTES = 8;
const HEAD_BYTES = 12;

export function encodeRecord({ arrivedAtUs, clockStepsUs, report }: JournalEntry): Buffer {
  const json = JSON.stringify({ report, clockStepsUs });
  const bodyBytes = HEAD_BYTES + Buffer.byteLength(json);
  const record = Buffer.allocUnsafe(FRAME_BYTES + bodyBytes);
  record.writeUInt32LE(bodyBytes, 0);
  record.writeDoubleLE(arrivedAtUs, FRAME_BYTES);
  record.writeUInt32LE(report.segments.length, FRAME_BYTES + 8);
  record.write(json, FRAME_BYTES + HEAD_BYTES);
  record.writeUInt32LE(crc32(record.subarray(FRAME_BYTES)), 4);
  return record;
}

/**
 * What a file ends with: `whole`: a record; `torn`: the rest of one that was being written (it was never
 * acknowledged); `damaged`: something after which more follows, so that what was acknowledged may be lost.
 */
export type JournalTail = 'whole' | 'torn' | 'damaged';

export interface DecodedFile {
  records: JournalRecord[];
  tail: JournalTail;
  /** Where the last good record ends. */
  goodBytes: number;
}

/** Reads records up to the first that is not whole. */
export function decodeRecords(bytes: Buffer): DecodedFile {
  const records: JournalRecord[] = [];
  let at = 0;
  while (at < bytes.length) {
    const record = recordAt(bytes, at);
    if (record === null) return { records, tail: tailAt(bytes, at), goodBytes: at };
    records.push(record.record);
    at = record.endBytes;
  }
  return { records, tail: 'whole', goodBytes: at };
}

function recordAt(bytes: Buffer, at: number): { record: JournalRecord; endBytes: number } | null {
  if (at + FRAME_BYTES + HEAD_BYTES > bytes.length) return null;
  const bodyAt = at + FRAME_BYTES;
  const endBytes = bodyAt + bytes.readUInt32LE(at);
  if (endBytes > bytes.length || endBytes < bodyAt + HEAD_BYTES) return null;
  if (crc32(bytes.subarray(bodyAt, endBytes)) !== bytes.readUInt32LE(at + 4)) return null;
  const record = {
    arrivedAtUs: bytes.readDoubleLE(bodyAt),
    segmentCount: bytes.readUInt32LE(bodyAt + 8),
    payload: bytes.subarray(bodyAt + HEAD_BYTES, endBytes),
  };
  return { record, endBytes };
}

function tailAt(bytes: Buffer, at: number): JournalTail {
  const lengthKnown = at + FRAME_BYTES <= bytes.length;
  if (!lengthKnown) return 'torn';
  // A file system may have made the file longer without having written what stands there.
  if (bytes.subarray(at).every((byte) => byte === 0)) return 'torn';
  const endBytes = at + FRAME_BYTES + bytes.readUInt32LE(at);
  return endBytes >= bytes.length ? 'torn' : 'damaged';
}

/** Throws SyntaxError when the JSON is none, which a check sum that fits rules out. */
export function entryOf({ arrivedAtUs, payload }: JournalRecord): JournalEntry {
  return { arrivedAtUs, ...(JSON.parse(payload.toString()) as Omit<JournalEntry, 'arrivedAtUs'>) };
}
