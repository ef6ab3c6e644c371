import type { Bookmark } from '../../../src-shared/model/bookmark.ts';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';

/** A bookmark on one lane. */
export interface LaneFlag extends TimeRange {
  /** Place of the lane in the scene. */
  readonly lane: number;
  readonly label: string;
  readonly isProtected: boolean;
}

const MAX_FLAGS = 2000;

/** The flags of these lanes that touch the view; bookmarks of all streams stand on each. */
export function flagsInView(
  bookmarks: readonly Bookmark[],
  streams: readonly string[],
  view: TimeRange,
): LaneFlag[] {
  const flags: LaneFlag[] = [];
  for (const { endUs, isProtected, label, startUs, stream } of bookmarks) {
    if (startUs > view.endUs || endUs < view.startUs || flags.length >= MAX_FLAGS) continue;
    streams.forEach((name, lane) => {
      if (stream === null || stream === name) flags.push({ lane, startUs, endUs, label, isProtected });
    });
  }
  return flags;
}

/** The flag of a lane under a pointer: one whose pole is within `reachUs`, else the shortest range around it. */
export function flagAt(
  flags: readonly LaneFlag[],
  lane: number,
  us: number,
  reachUs: number,
): LaneFlag | null {
  const own = flags.filter((flag) => flag.lane === lane);
  const near = own
    .filter(({ startUs }) => Math.abs(startUs - us) <= reachUs)
    .sort((a, b) => Math.abs(a.startUs - us) - Math.abs(b.startUs - us));
  if (near[0]) return near[0];
  const around = own.filter(({ endUs, startUs }) => us >= startUs && us <= endUs);
  return around.sort((a, b) => a.endUs - a.startUs - (b.endUs - b.startUs))[0] ?? null;
}

/** What the hint under the pointer says of a flag. */
export function flagText({ isProtected, label }: Pick<LaneFlag, 'isProtected' | 'label'>): string {
  const name = label === '' ? 'Bookmark' : `Bookmark: ${label}`;
  return isProtected ? `${name} · protected` : name;
}
