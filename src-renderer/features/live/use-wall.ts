import { useMemo } from 'react';
import { setSaved, useSettingsStore } from '../../stores/settings-store.ts';
import { readWall, type Wall } from './live-wall.ts';

const SAVED_AS = 'live';

/** What is watched live; kept over restarts. */
export function useWall(): Wall {
  const stored = useSettingsStore((state) => state.saved[SAVED_AS]);
  return useMemo(() => readWall(stored), [stored]);
}

/** Changes what is watched live. */
export function changeWall(change: (wall: Wall) => Wall): void {
  setSaved(SAVED_AS, change(readWall(useSettingsStore.getState().saved[SAVED_AS])));
}
