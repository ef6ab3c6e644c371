import type { PersistStorage, StorageValue } from 'zustand/middleware';

const WRITE_DELAY_MS = 400;

/**
 * Local storage for state that changes on every frame: writes wait until it has been still for 400 ms, and
 * happen at once when the page is hidden. What cannot be read or written counts as absent.
 */
export function debouncedStorage<S>(storage: Storage | null = findStorage()): PersistStorage<S> {
  const waiting = new Map<string, StorageValue<S>>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    for (const [name, value] of waiting) {
      try {
        storage?.setItem(name, JSON.stringify(value));
      } catch {
        // A full or forbidden storage only costs the remembered state.
      }
    }
    waiting.clear();
  }

  globalThis.addEventListener?.('pagehide', flush);
  return {
    getItem(name) {
      const pending = waiting.get(name);
      if (pending) return pending;
      try {
        const text = storage?.getItem(name);
        return text ? (JSON.parse(text) as StorageValue<S>) : null;
      } catch {
        return null;
      }
    },
    setItem(name, value) {
      waiting.set(name, value);
      timer ??= setTimeout(flush, WRITE_DELAY_MS);
    },
    removeItem(name) {
      waiting.delete(name);
      storage?.removeItem(name);
    },
  };
}

function findStorage(): Storage | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
