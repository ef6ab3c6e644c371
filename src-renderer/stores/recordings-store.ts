import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { LiveEvents } from '../../src-shared/contract/events.ts';
import type { RecordedStream } from '../../src-shared/model/segment.ts';
import { api, errorMessage, isAborted } from '../api/client.ts';
import { debouncedStorage } from './debounced-storage.ts';

/** Sizes of the resizable panels, CSS pixels. */
export interface PanelSizes {
  readonly leftPx: number;
  readonly rightPx: number;
  readonly timelinePx: number;
}

export interface RecordingsState {
  readonly streams: readonly RecordedStream[];
  /** `loading` until the first answer; later failures keep the list and set `error`. */
  readonly phase: 'loading' | 'ready' | 'failed';
  readonly error: string | null;
  /** Streams with a lane, in the order of the lanes; null: never chosen. */
  readonly chosen: readonly string[] | null;
  /** The stream whose picture is framed and heard. */
  readonly active: string | null;
  readonly panels: PanelSizes;
  readonly isDetailOpen: boolean;
  /** Reads the list; old content stays while it is being read. */
  load(signal?: AbortSignal): Promise<void>;
  /** Takes in recorded time that came in; a stream not known so far makes the list be read again. */
  applyCoverage(news: LiveEvents['coverage']): void;
  setChosen(stream: string, isChosen: boolean): void;
  setActive(stream: string): void;
  setPanels(panels: Partial<PanelSizes>): void;
  setDetailOpen(isDetailOpen: boolean): void;
}

type Kept = Pick<RecordingsState, 'chosen' | 'active' | 'panels' | 'isDetailOpen'>;

const FIRST_CHOICE = 4;
const DEFAULT_PANELS: PanelSizes = { leftPx: 240, rightPx: 290, timelinePx: 232 };

/** Streams with recordings, and which of them are looked at. The choice outlives a restart. */
export const useRecordingsStore = create<RecordingsState>()(
  persist<RecordingsState, [], [], Kept>(
    (set, get) => ({
      streams: [],
      phase: 'loading',
      error: null,
      chosen: null,
      active: null,
      panels: DEFAULT_PANELS,
      isDetailOpen: true,
      async load(signal) {
        try {
          const { streams } = await api.call('listRecordedStreams', { signal });
          const sorted = [...streams].sort((a, b) => (a.stream < b.stream ? -1 : 1));
          set((state) => ({ streams: sorted, phase: 'ready', error: null, ...firstChoice(state, sorted) }));
        } catch (error) {
          if (isAborted(error)) return;
          set((state) => ({
            phase: state.phase === 'ready' ? 'ready' : 'failed',
            error: errorMessage(error),
          }));
        }
      },
      applyCoverage(news) {
        const known = new Map(get().streams.map((stream) => [stream.stream, stream]));
        if (news.some(({ stream }) => !known.has(stream))) void get().load();
        for (const { stream, startUs, endUs } of news) {
          const before = known.get(stream);
          if (!before) continue;
          known.set(stream, {
            ...before,
            startUs: Math.min(before.startUs, startUs),
            endUs: Math.max(before.endUs, endUs),
            isRecording: before.isRecording || endUs > before.endUs,
          });
        }
        set((state) => ({ streams: state.streams.map((stream) => known.get(stream.stream) ?? stream) }));
      },
      setChosen: (stream, isChosen) =>
        set((state) => {
          const others = (state.chosen ?? []).filter((name) => name !== stream);
          const chosen = isChosen ? [...others, stream] : others;
          const isActiveGone = !isChosen && state.active === stream;
          return { chosen, ...(isActiveGone ? { active: chosen[0] ?? null } : {}) };
        }),
      setActive: (stream) =>
        set((state) => ({
          active: stream,
          chosen: state.chosen?.includes(stream) ? state.chosen : [...(state.chosen ?? []), stream],
        })),
      setPanels: (panels) => set((state) => ({ panels: { ...state.panels, ...panels } })),
      setDetailOpen: (isDetailOpen) => set({ isDetailOpen }),
    }),
    {
      name: 'liveman.recordings.v1',
      version: 1,
      storage: debouncedStorage<Kept>(),
      partialize: ({ chosen, active, panels, isDetailOpen }) => ({ chosen, active, panels, isDetailOpen }),
      merge: (kept, current) => ({ ...current, ...repairKept(kept) }),
    },
  ),
);

/** A profile that has chosen nothing yet starts with the first streams; the active one is always chosen. */
function firstChoice(
  state: Pick<RecordingsState, 'chosen' | 'active'>,
  streams: readonly RecordedStream[],
): Partial<RecordingsState> {
  const chosen =
    state.chosen ?? (streams.length > 0 ? streams.slice(0, FIRST_CHOICE).map(({ stream }) => stream) : null);
  const isActiveThere = streams.some(({ stream }) => stream === state.active);
  const active = isActiveThere ? state.active : (chosen?.find((name) => hasStream(streams, name)) ?? null);
  return { chosen, active };
}

function hasStream(streams: readonly RecordedStream[], name: string): boolean {
  return streams.some(({ stream }) => stream === name);
}

/** Chosen streams that exist, in the order of their lanes. */
export function lanesOf(state: Pick<RecordingsState, 'streams' | 'chosen'>): RecordedStream[] {
  return (state.chosen ?? []).flatMap((name) => state.streams.find(({ stream }) => stream === name) ?? []);
}

/** What of a stored state can be used. */
function repairKept(kept: unknown): Partial<Kept> {
  if (typeof kept !== 'object' || kept === null) return {};
  const stored = kept as Partial<Record<keyof Kept, unknown>>;
  const chosen = Array.isArray(stored.chosen)
    ? stored.chosen.filter((name): name is string => typeof name === 'string')
    : null;
  return {
    chosen,
    ...(typeof stored.active === 'string' ? { active: stored.active } : {}),
    ...(typeof stored.isDetailOpen === 'boolean' ? { isDetailOpen: stored.isDetailOpen } : {}),
    panels: repairPanels(stored.panels),
  };
}

function repairPanels(stored: unknown): PanelSizes {
  const sizes = typeof stored === 'object' && stored !== null ? (stored as Record<string, unknown>) : {};
  const pick = (key: keyof PanelSizes): number => {
    const value = sizes[key];
    return typeof value === 'number' && value >= 100 && value <= 2000 ? value : DEFAULT_PANELS[key];
  };
  return { leftPx: pick('leftPx'), rightPx: pick('rightPx'), timelinePx: pick('timelinePx') };
}
