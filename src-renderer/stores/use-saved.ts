import { useCallback } from 'react';
import { setSaved, useSettingsStore } from './settings-store.ts';

/** A value that outlives a restart, under a name of its own; `read` makes something usable of whatever was stored. */
export function useSaved<T>(name: string, read: (stored: unknown) => T): readonly [T, (value: T) => void] {
  const stored = useSettingsStore((state) => state.saved[name]);
  const set = useCallback((value: T) => setSaved(name, value), [name]);
  return [read(stored), set];
}

/** A text, empty at first. */
export function savedText(stored: unknown): string {
  return typeof stored === 'string' ? stored : '';
}

/** One of `values`, at first `first`. */
export function savedChoice<T extends string>(
  values: readonly T[],
  first: NoInfer<T>,
): (stored: unknown) => T {
  return (stored) => values.find((value) => value === stored) ?? first;
}
