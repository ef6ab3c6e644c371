import { AppError } from '../base/errors.ts';
import { type Layout, layoutEtag } from '../media/layout.ts';
import { segmentLayout } from '../media/segment-layout.ts';
import type { CallOptions } from '../storage/object-store.ts';
import { GAP_TOLERANCE_US } from './blocks.ts';
import type { ObjectReader } from './object-reader.ts';
import { axisOffset, type SegmentRow, type TrackRow } from './playback-queries.ts';

export interface WantedSegment {
  readonly segment: SegmentRow;
  /** All tracks of its recording. */
  readonly tracks: readonly TrackRow[];
  /** The segment behind it in its track. */
  readonly following: Pick<SegmentRow, 'start_ts' | 'analysis'> | null;
  /** Only the samples from startTicks to before endTicks, on the axis of the recording. */
  readonly cut: { readonly startTicks: number; readonly endTicks: number } | null;
}

/**
 * A stored segment as it is served: on the time axis of its recording, without the samples a recorder repeated and
 * without the jitter of its pictures.
 *
 * Throws object_missing, media_unusable, storage_unavailable.
 */
export async function servedSegment(
  reader: ObjectReader,
  { segment, tracks, following, cut }: WantedSegment,
  { signal }: CallOptions = {},
): Promise<{ layout: Layout; etag: string; contentType: string }> {
  const track = tracks.find((candidate) => candidate.id === segment.track_id);
  const axis = track && axisOffset(track, tracks);
  const { analysis } = segment;
  if (!track?.timescale || !axis || !analysis) throw notExamined(segment);
  const node = segment.node_alias;
  const { init } = await reader.init(track.init_path, { signal, node });
  const read = await reader.header(segment.path, init, { signal, node });
  const nextStartTicks = flowsOn(segment, following) ? following?.analysis?.startTicks : undefined;
  const layout = segmentLayout({
    path: segment.path,
    node,
    sizeBytes: read.info.sizeBytes,
    track: { kind: segment.track, timescale: track.timescale },
    header: read.header,
    headerBytes: read.bytes,
    analysis,
    offsetTicks: axis.offsetTicks,
    nextStartTicks,
    cut,
  });
  return {
    layout,
    etag: layoutEtag(layout, read.info.etag).replaceAll('"', ''),
    contentType: segment.track === 'video' ? 'video/mp4' : 'audio/mp4',
  };
}

/** Whether nothing is missing between a segment and the one behind it, so that its last sample lasts until then. */
export function flowsOn(
  segment: Pick<SegmentRow, 'end_ts'>,
  following: Pick<SegmentRow, 'start_ts'> | null,
): boolean {
  return following !== null && following.start_ts - segment.end_ts <= GAP_TOLERANCE_US;
}

function notExamined(segment: SegmentRow): AppError {
  if (segment.state === 'missing') {
    return new AppError(
      'object_missing',
      `${segment.path} is not in storage. ${segment.problem ?? ''}`.trim(),
    );
  }
  if (segment.state === 'bad') {
    return new AppError('media_unusable', segment.problem ?? `${segment.path} cannot be read.`);
  }
  return new AppError(
    'storage_unavailable',
    `${segment.path} has not been examined yet; ask again in a few seconds.`,
  );
}
