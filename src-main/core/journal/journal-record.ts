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
 * How a file is: `whole`: records and nothing else; `torn`: it ends with the rest of one that was being written (it was
 * never acknowledged); `damaged`: something that cannot be read was more than that, so what was acknowledged may be lost.
 */
export type JournalState = 'whole' | 'torn' | 'damaged';

export interface DecodedFile {
  records: JournalRecord[];
  state: JournalState;
  /** What the records take. */
  goodBytes: number;
}

/** What each payload begins with: where a record may stand behind damage. */
const PAYLOAD_START = '{"report":';

/** Reads all records, those behind a damaged place too. */
export function decodeRecords(bytes: Buffer): DecodedFile {
  const decoded: DecodedFile = { records: [], state: 'whole', goodBytes: 0 };
  for (let at = 0; at < bytes.length; ) {
    const found = recordAt(bytes, at);
    if (found === null) {
      const nextAt = nextRecordAt(bytes, at);
      decoded.state = decoded.state === 'damaged' || nextAt !== null ? 'damaged' : restAt(bytes, at);
      if (nextAt === null) break;
      at = nextAt;
      continue;
    }
    decoded.records.push(found.record);
    decoded.goodBytes += found.endBytes - at;
    at = found.endBytes;
  }
  return decoded;
}

/** Where the first whole record behind `at` begins; null where there is none. */
function nextRecordAt(bytes: Buffer, at: number): number | null {
  const headBytes = FRAME_BYTES + HEAD_BYTES;
  for (let from = at + 1 + headBytes; ; from += 1) {
    from = bytes.indexOf(PAYLOAD_START, from);
    if (from < 0) return null;
    if (recordAt(bytes, from - headBytes) !== null) return from - headBytes;
  }
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

/** What the rest of a file is in which no record begins. */
function restAt(bytes: Buffer, at: number): JournalState {
  // A file system may have made the file longer without having written what stands there.
  if (at + FRAME_BYTES > bytes.length || bytes.at(-1) === 0) return 'torn';
  return at + FRAME_BYTES + bytes.readUInt32LE(at) > bytes.length ? 'torn' : 'damaged';
}

/** Throws SyntaxError when the JSON is none, which a check sum that fits rules out. */
export function entryOf({ arrivedAtUs, payload }: JournalRecord): JournalEntry {
  return { arrivedAtUs, ...(JSON.parse(payload.toString()) as Omit<JournalEntry, 'arrivedAtUs'>) };
}
