import type { ExportJob, ExportState } from '../../../src-shared/model/export-job.ts';
import type { DotTone } from '../../components/state-dot.tsx';
import { formatDurationUs, formatSpanMs } from '../../format/durations.ts';
import { formatByteRate, formatBytes, formatCounted } from '../../format/numbers.ts';
import { formatClock, formatDate } from '../../format/times.ts';
import { offsetName } from '../../format/zone-time.ts';

const WORDS: Readonly<Record<ExportState, string>> = {
  waiting: 'Waiting',
  running: 'Writing',
  checking: 'Checking the file',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

const TONES: Readonly<Record<ExportState, DotTone>> = {
  waiting: 'idle',
  running: 'ok',
  checking: 'ok',
  done: 'ok',
  failed: 'bad',
  cancelled: 'idle',
};

export function exportWord(state: ExportState): string {
  return WORDS[state];
}

export function exportTone(state: ExportState): DotTone {
  return TONES[state];
}

/** Written part, 0 to 1; null while the size is not known. */
export function exportRatio(job: ExportJob): number | null {
  if (job.state === 'waiting') return 0;
  if (job.state === 'checking') return 1;
  return job.sizeBytes ? job.writtenBytes / job.sizeBytes : null;
}

/** Milliseconds until it is written at the present speed; null when that cannot be told. */
export function remainingMs(job: ExportJob): number | null {
  if (job.state !== 'running' || !job.sizeBytes || !job.bytesPerSecond) return null;
  return (Math.max(0, job.sizeBytes - job.writtenBytes) / job.bytesPerSecond) * 1000;
}

/** "22 Nov 2026 14:03:20.041 to 14:05:05.001 UTC+1". */
export function rangeText(job: Pick<ExportJob, 'startUs' | 'endUs'>, zone: string): string {
  const startDay = formatDate(job.startUs, zone);
  const endDay = formatDate(job.endUs, zone);
  const start = formatClock(job.startUs, zone, 'milliseconds');
  const end = formatClock(job.endUs, zone, 'milliseconds');
  const offset = offsetName(job.endUs, zone);
  return startDay === endDay
    ? `${startDay} ${start} to ${end} ${offset}`
    : `${startDay} ${start} to ${endDay} ${end} ${offset}`;
}

/** "11.8 of 18.7 GB · 412 MB/s · 17 s left" and the like, by state. */
export function progressText(job: ExportJob): string {
  if (job.state === 'waiting') return 'waits for its turn';
  if (job.state === 'checking') return `${formatBytes(job.sizeBytes)} written, being read back`;
  if (job.host !== null) return `being written on ${job.host}`;
  const leftMs = remainingMs(job);
  return [
    `${formatBytes(job.writtenBytes)} of ${formatBytes(job.sizeBytes)}`,
    job.bytesPerSecond === null ? null : formatByteRate(job.bytesPerSecond),
    leftMs === null ? null : `${formatSpanMs(leftMs)} left`,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

/** What a finished file is: size, length, what differs from the range asked for. */
export function resultText(job: ExportJob): string {
  return [
    job.host === null ? null : `on ${job.host}`,
    formatBytes(job.sizeBytes),
    job.durationUs === null ? null : formatDurationUs(job.durationUs),
    job.gaps.length > 0 ? `${formatCounted(job.gaps.length, 'gap')} closed up` : null,
    job.startsEarlyUs ? `starts ${formatDurationUs(job.startsEarlyUs)} early, hidden by an edit list` : null,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}
