import { type ClockSource, isExactClock, type SegmentDetail } from '../../../src-shared/model/segment.ts';
import { formatDurationUs } from '../../format/durations.ts';
import { formatBytes, formatCounted, formatOffsetMs } from '../../format/numbers.ts';

const CLOCK_WORDS: Readonly<Record<ClockSource, string>> = {
  reported: 'exact, reported by the node',
  file: 'exact, from the file’s time',
  index: 'exact, from the node’s index',
  arrival: 'estimated from the arrival of its report',
  manifest: 'estimated from the manifest',
  path: 'estimated from the file’s path',
};

/** How sure the time is, in short, and how far the node's clock is off, where that is known. */
export function clockText(source: ClockSource, nodeOffsetMs: number | null): string {
  const quality = isExactClock(source) ? 'exact' : CLOCK_WORDS[source];
  return nodeOffsetMs === null ? quality : `${quality} · node ${formatOffsetMs(nodeOffsetMs)}`;
}

/** Where the time is from. */
export function clockSourceText(source: ClockSource): string {
  return CLOCK_WORDS[source];
}

export function segmentText(segment: Pick<SegmentDetail, 'startUs' | 'endUs' | 'sizeBytes'>): string {
  const length = formatDurationUs(segment.endUs - segment.startUs);
  return segment.sizeBytes === null ? length : `${length} · ${formatBytes(segment.sizeBytes)}`;
}

export function repairText(droppedSamples: number): string {
  return droppedSamples === 0
    ? 'none needed'
    : `${formatCounted(droppedSamples, 'repeated packet')} left out`;
}

/** Codecs and size of the picture, as far as known. */
export function formatText(
  segment: Pick<SegmentDetail, 'videoCodec' | 'audioCodec' | 'width' | 'height'>,
  codecName: (codec: string | null) => string | null,
): string | null {
  const size = segment.width && segment.height ? `${segment.width} × ${segment.height}` : null;
  const parts = [codecName(segment.videoCodec), size, codecName(segment.audioCodec)].filter(Boolean);
  return parts.length > 0 ? parts.join(' · ') : null;
}
