import { createHash } from 'node:crypto';

/** What makes a reported segment the same one when it comes again. */
export interface SegmentIdentity {
  nodeAlias: string;
  stream: string;
  path: string;
  /** Session number of its recording. */
  sessionNo: number;
  /** Start as the node gave it: wall time, or media time where the node knows no other. */
  reportedStartUs: number;
}

/** A UUID (version 8, RFC 9562) made from the identity alone, so that a repeat gets the same one. */
export function segmentIdOf(identity: SegmentIdentity): string {
  const { nodeAlias, stream, path, sessionNo, reportedStartUs } = identity;
  const hash = createHash('sha256')
    // NUL cannot stand in any of the texts in PostgreSQL, so the parts cannot run into each other.
    .update(`${nodeAlias}\0${stream}\0${path}\0${sessionNo}\0${reportedStartUs}`)
    .digest('hex');
  const variant = ((Number.parseInt(hash[16] ?? '0', 16) & 0x3) | 0x8).toString(16);
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
