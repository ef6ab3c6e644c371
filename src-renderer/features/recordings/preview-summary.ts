import { formatDurationUs } from '../../format/durations.ts';
import { formatCounted } from '../../format/numbers.ts';
import type { PreviewRead } from './use-export-preview.ts';

/** Several previews in one: what stands in the export pane. */
export interface PreviewSummary {
  readonly isComplete: boolean;
  readonly fileCount: number;
  readonly sizeBytes: number;
  readonly videoFrames: number;
  readonly earliestUs: number;
  /** Sentences for the operator; `stream` is set where several are exported. */
  readonly warnings: readonly { readonly stream: string | null; readonly text: string }[];
  /** Streams that can be exported. */
  readonly streams: readonly string[];
}

/** Sums previews up, in the order of `streams`. */
export function summarise(
  streams: readonly string[],
  reads: ReadonlyMap<string, PreviewRead>,
): PreviewSummary {
  const warnings: { stream: string | null; text: string }[] = [];
  const named = (stream: string): string | null => (streams.length > 1 ? stream : null);
  const able: string[] = [];
  let [fileCount, sizeBytes, videoFrames, earliestUs, answered] = [0, 0, 0, 0, 0];
  for (const stream of streams) {
    const read = reads.get(stream);
    if (!read || read.kind === 'loading') continue;
    answered += 1;
    if (read.kind === 'failed') {
      const text = read.isWithoutMedia ? 'Nothing is recorded in this range.' : read.message;
      warnings.push({ stream: named(stream), text });
      continue;
    }
    const { preview } = read;
    able.push(stream);
    fileCount += Math.max(1, preview.parts.length);
    sizeBytes += preview.sizeBytes;
    videoFrames += preview.videoFrames;
    earliestUs = Math.max(earliestUs, preview.startsEarlyUs);
    const texts = preview.warnings.length > 0 ? preview.warnings : gapWarnings(preview.gaps);
    for (const text of texts) warnings.push({ stream: named(stream), text });
  }
  return {
    isComplete: answered === streams.length,
    fileCount,
    sizeBytes,
    videoFrames,
    earliestUs,
    warnings,
    streams: able,
  };
}

function gapWarnings(gaps: readonly { startUs: number; endUs: number }[]): string[] {
  if (gaps.length === 0) return [];
  const lengthUs = gaps.reduce((sum, gap) => sum + gap.endUs - gap.startUs, 0);
  return [
    `${formatCounted(gaps.length, 'gap')} of ${formatDurationUs(lengthUs)} in all, closed up in the clip.`,
  ];
}

/** "0.32 s early, hidden" or "at the selection". */
export function earlyText(earliestUs: number): string {
  return earliestUs < 1000
    ? 'exactly at the selection'
    : `${formatDurationUs(earliestUs)} early, hidden by edit list`;
}
