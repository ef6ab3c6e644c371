import type { NewSegment } from './write-segments.ts';

/** What rows have together; `row` is one of them. */
export interface RowExtent {
  startUs: number;
  endUs: number;
  longestUs: number;
  count: number;
  sizeBytes: number;
  firstSeq: number;
  lastSeq: number;
  row: NewSegment;
}

/** The extent of the rows of each track. */
export function trackExtents(rows: readonly NewSegment[]): RowExtent[] {
  const found = new Map<string, RowExtent>();
  for (const row of rows) {
    const { endUs, seq, startUs } = row;
    const sizeBytes = row.sizeBytes ?? 0;
    const longestUs = endUs - startUs;
    const extent = found.get(row.trackId);
    // Not by `widen`, which would need an object for each row.
    if (extent) {
      if (startUs < extent.startUs) extent.startUs = startUs;
      if (endUs > extent.endUs) extent.endUs = endUs;
      if (longestUs > extent.longestUs) extent.longestUs = longestUs;
      if (seq < extent.firstSeq) extent.firstSeq = seq;
      if (seq > extent.lastSeq) extent.lastSeq = seq;
      extent.count += 1;
      extent.sizeBytes += sizeBytes;
    } else {
      const own = { startUs, endUs, longestUs, count: 1, sizeBytes, firstSeq: seq, lastSeq: seq, row };
      found.set(row.trackId, own);
    }
  }
  return [...found.values()];
}

/** Extents of tracks put together by what `keyOf` says of their rows. */
export function joinExtents(tracks: readonly RowExtent[], keyOf: (row: NewSegment) => string): RowExtent[] {
  const found = new Map<string, RowExtent>();
  for (const track of tracks) {
    const extent = found.get(keyOf(track.row));
    if (extent) widen(extent, track);
    else found.set(keyOf(track.row), { ...track });
  }
  return [...found.values()];
}

function widen(extent: RowExtent, other: Omit<RowExtent, 'row'>): void {
  extent.startUs = Math.min(extent.startUs, other.startUs);
  extent.endUs = Math.max(extent.endUs, other.endUs);
  extent.longestUs = Math.max(extent.longestUs, other.longestUs);
  extent.count += other.count;
  extent.sizeBytes += other.sizeBytes;
  extent.firstSeq = Math.min(extent.firstSeq, other.firstSeq);
  extent.lastSeq = Math.max(extent.lastSeq, other.lastSeq);
}
