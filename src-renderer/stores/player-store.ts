import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import { debouncedStorage } from './debounced-storage.ts';

/** How many pictures are shown at once. */
export type PictureLayout = 1 | 2 | 4 | 9 | 16;
export const PICTURE_LAYOUTS: readonly PictureLayout[] = [1, 2, 4, 9, 16];

/** Speeds that can be chosen; 16 is the most that browsers play. */
export const PLAYBACK_RATES: readonly number[] = [0.25, 0.5, 1, 1.5, 2, 4, 8, 16];

/** What a picture is doing. `gap`: nothing is recorded at the playhead; the nearest times, where known. */
export type PictureStatus =
  | { readonly kind: 'idle' | 'loading' | 'ready' }
  | { readonly kind: 'gap'; readonly beforeUs: number | null; readonly afterUs: number | null }
  | { readonly kind: 'failed'; readonly message: string };

export interface PlayerState {
  /** The instant that is looked at; null until something was chosen. */
  readonly playheadUs: number | null;
  readonly isPlaying: boolean;
  readonly rate: number;
  /** 0 to 1. */
  readonly volume: number;
  readonly isMuted: boolean;
  readonly layout: PictureLayout;
  readonly shouldSkipGaps: boolean;
  /** Single frames around the playhead are shown under the timeline. */
  readonly isStripShown: boolean;
  /** By stream, of the pictures that are shown. */
  readonly statuses: Readonly<Record<string, PictureStatus>>;
  setPlayhead(playheadUs: number): void;
  setPlaying(isPlaying: boolean): void;
  setRate(rate: number): void;
  setVolume(volume: number): void;
  setMuted(isMuted: boolean): void;
  setLayout(layout: PictureLayout): void;
  setSkipGaps(shouldSkipGaps: boolean): void;
  setStripShown(isStripShown: boolean): void;
  setStatus(stream: string, status: PictureStatus): void;
  removeStatus(stream: string): void;
}

type Kept = Pick<
  PlayerState,
  'playheadUs' | 'rate' | 'volume' | 'isMuted' | 'layout' | 'shouldSkipGaps' | 'isStripShown'
>;

/** State of playback. What the operator set outlives a restart; playing itself does not start by itself. */
export const usePlayerStore = create<PlayerState>()(
  persist<PlayerState, [], [], Kept>(
    (set) => ({
      playheadUs: null,
      isPlaying: false,
      rate: 1,
      volume: 1,
      isMuted: false,
      layout: 4,
      shouldSkipGaps: true,
      isStripShown: false,
      statuses: {},
      setPlayhead: (playheadUs) => set({ playheadUs }),
      setPlaying: (isPlaying) => set({ isPlaying }),
      setRate: (rate) => set({ rate }),
      setVolume: (volume) => set({ volume: Math.min(1, Math.max(0, volume)), isMuted: volume <= 0 }),
      setMuted: (isMuted) => set({ isMuted }),
      setLayout: (layout) => set({ layout }),
      setSkipGaps: (shouldSkipGaps) => set({ shouldSkipGaps }),
      setStripShown: (isStripShown) => set({ isStripShown }),
      setStatus: (stream, status) => set((state) => ({ statuses: { ...state.statuses, [stream]: status } })),
      removeStatus: (stream) =>
        set((state) => {
          const { [stream]: _removed, ...statuses } = state.statuses;
          return { statuses };
        }),
    }),
    {
      name: 'liveman.player.v1',
      version: 1,
      storage: debouncedStorage<Kept>(),
      partialize: ({ playheadUs, rate, volume, isMuted, layout, shouldSkipGaps, isStripShown }) => ({
        playheadUs,
        rate,
        volume,
        isMuted,
        layout,
        shouldSkipGaps,
        isStripShown,
      }),
      merge: (kept, current) => ({ ...current, ...repairKept(kept) }),
    },
  ),
);

/** What of a stored state can be used. */
function repairKept(kept: unknown): Partial<Kept> {
  if (typeof kept !== 'object' || kept === null) return {};
  const stored = kept as Partial<Record<keyof Kept, unknown>>;
  const layout = PICTURE_LAYOUTS.find((candidate) => candidate === stored.layout);
  const rate = PLAYBACK_RATES.find((candidate) => candidate === stored.rate);
  return {
    ...(typeof stored.playheadUs === 'number' && Number.isSafeInteger(stored.playheadUs)
      ? { playheadUs: stored.playheadUs }
      : {}),
    ...(layout ? { layout } : {}),
    ...(rate ? { rate } : {}),
    ...(typeof stored.volume === 'number' && stored.volume >= 0 && stored.volume <= 1
      ? { volume: stored.volume }
      : {}),
    ...(typeof stored.isMuted === 'boolean' ? { isMuted: stored.isMuted } : {}),
    ...(typeof stored.shouldSkipGaps === 'boolean' ? { shouldSkipGaps: stored.shouldSkipGaps } : {}),
    ...(typeof stored.isStripShown === 'boolean' ? { isStripShown: stored.isStripShown } : {}),
  };
}
