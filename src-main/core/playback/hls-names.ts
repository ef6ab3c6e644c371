import type { MediaEntry } from './media-model.ts';

/** Names of what playlists point at, relative to the playlist's folder, and how they are read back. */

export const SILENCE_INIT_URI = 'init/silence.mp4';

export function initUri(trackId: string): string {
  return `init/${trackId}.mp4`;
}

export function entryUri(entry: MediaEntry): string {
  switch (entry.kind) {
    case 'segment': {
      const cut = entry.cut ? `_${entry.cut.startTicks}-${entry.cut.endTicks}` : '';
      return `segment/${entry.segment.id}.${entry.segment.startUs}${cut}.m4s`;
    }
    case 'silence':
      return `silence/${entry.startTicks}-${entry.endTicks - entry.startTicks}.m4s`;
  }
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const SEGMENT_NAME = new RegExp(`^(${UUID})(?:\\.(\\d{1,16}))?(?:_(\\d{1,15})-(\\d{1,15}))?\\.m4s$`);
const TIMED_NAME = new RegExp(`^(${UUID})-t(\\d{1,15})\\.m4s$`);
const INIT_NAME = new RegExp(`^(${UUID})\\.mp4$`);
const SILENCE_NAME = /^(\d{1,15})-(\d{1,9})\.m4s$/;

export type SegmentName =
  | {
      readonly by: 'id';
      readonly id: string;
      /** Where its row is found, microseconds since the Unix epoch; null in names made by hand. */
      readonly startUs: number | null;
      readonly cut: { startTicks: number; endTicks: number } | null;
    }
  | { readonly by: 'time'; readonly trackId: string; readonly startTicks: number };

/** What `segment/{file}` asks for, or null. Ticks are on the axis of the recording. */
export function parseSegmentName(file: string): SegmentName | null {
  const timed = TIMED_NAME.exec(file);
  if (timed?.[1]) return { by: 'time', trackId: timed[1], startTicks: Number(timed[2]) };
  const match = SEGMENT_NAME.exec(file);
  if (!match?.[1]) return null;
  const cut = match[3] ? { startTicks: Number(match[3]), endTicks: Number(match[4]) } : null;
  if (cut && cut.endTicks <= cut.startTicks) return null;
  return { by: 'id', id: match[1], startUs: match[2] ? Number(match[2]) : null, cut };
}

/** Track id that `init/{file}` asks for, `silence`, or null. */
export function parseInitName(file: string): string | null {
  return file === 'silence.mp4' ? 'silence' : (INIT_NAME.exec(file)?.[1] ?? null);
}

export function parseSilenceName(file: string): { startTicks: number; durationTicks: number } | null {
  const match = SILENCE_NAME.exec(file);
  if (!match) return null;
  const durationTicks = Number(match[2]);
  return durationTicks > 0 ? { startTicks: Number(match[1]), durationTicks } : null;
}
