import { hash } from 'node:crypto';

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
  // NUL cannot stand in any of the texts in PostgreSQL, so the parts cannot run into each other.
  const hex = hash('sha256', `${nodeAlias}\0${stream}\0${path}\0${sessionNo}\0${reportedStartUs}`);
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
