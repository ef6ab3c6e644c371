import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { TimeRange } from '../../src-shared/model/time-range.ts';
import { US_PER_HOUR, US_PER_MS } from '../../src-shared/util/units.ts';
import { debouncedStorage } from './debounced-storage.ts';

/** Where playing got over a failure: shown on the lane. */
export interface PlaybackMark {
  readonly stream: string;
  readonly atUs: number;
  readonly resumedUs: number | null;
  readonly message: string;
}

export interface TimelineState {
  /** What is visible. */
  readonly view: TimeRange;
  readonly selection: TimeRange | null;
  readonly marks: readonly PlaybackMark[];
  /** Whether the view moves along so that the playhead stays in it; ends when the operator pans away. */
  readonly isFollowing: boolean;
  setView(view: TimeRange): void;
  setSelection(selection: TimeRange | null): void;
  setFollowing(isFollowing: boolean): void;
  addMark(mark: PlaybackMark): void;
}

const MAX_MARKS = 200;

function firstView(): TimeRange {
  const nowUs = Date.now() * US_PER_MS;
  return { startUs: nowUs - US_PER_HOUR, endUs: nowUs + US_PER_HOUR / 12 };
}

type Kept = Pick<TimelineState, 'view' | 'selection'>;

/** View, selection and marks of the timeline. View and selection outlive a restart. */
export const useTimelineStore = create<TimelineState>()(
  persist<TimelineState, [], [], Kept>(
    (set) => ({
      view: firstView(),
      selection: null,
      marks: [],
      isFollowing: true,
      setView: (view) => set({ view }),
      setSelection: (selection) => set({ selection }),
      setFollowing: (isFollowing) => set({ isFollowing }),
      addMark: (mark) => set((state) => ({ marks: [...state.marks, mark].slice(-MAX_MARKS) })),
    }),
    {
      name: 'liveman.timeline.v1',
      version: 1,
      storage: debouncedStorage<Kept>(),
      partialize: ({ view, selection }) => ({ view, selection }),
      merge: (kept, current) => ({ ...current, ...repairKept(kept) }),
    },
  ),
);

/** What of a stored state can be used. */
function repairKept(kept: unknown): Partial<Kept> {
  if (typeof kept !== 'object' || kept === null) return {};
  const { view, selection } = kept as Record<string, unknown>;
  return {
    ...(isRange(view) ? { view } : {}),
    ...(isRange(selection) ? { selection } : {}),
  };
}

function isRange(value: unknown): value is TimeRange {
  if (typeof value !== 'object' || value === null) return false;
  const { startUs, endUs } = value as Record<string, unknown>;
  return Number.isSafeInteger(startUs) && Number.isSafeInteger(endUs) && Number(startUs) < Number(endUs);
}
