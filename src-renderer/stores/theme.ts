import { useSyncExternalStore } from 'react';
import { type ThemeChoice, useSettingsStore } from './settings-store.ts';

export type Theme = 'light' | 'dark';

const darkQuery = window.matchMedia('(prefers-color-scheme: dark)');

/** The theme behind a choice. */
export function resolveTheme(choice: ThemeChoice, isSystemDark: boolean): Theme {
  if (choice === 'system') return isSystemDark ? 'dark' : 'light';
  return choice;
}

function currentTheme(): Theme {
  return resolveTheme(useSettingsStore.getState().theme, darkQuery.matches);
}

function subscribe(onChange: () => void): () => void {
  darkQuery.addEventListener('change', onChange);
  const stop = useSettingsStore.subscribe(onChange);
  return () => {
    darkQuery.removeEventListener('change', onChange);
    stop();
  };
}

/** Sets the theme on the root element now and whenever it changes. Call before the first paint. */
export function applyTheme(): void {
  const set = () => {
    document.documentElement.dataset.theme = currentTheme();
  };
  set();
  subscribe(set);
}

/** The theme in force; for what is drawn on a canvas and must be drawn anew when it changes. */
export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, currentTheme);
}
