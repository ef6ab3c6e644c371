import { useEffect, useEffectEvent } from 'react';
import { isTyping } from './shortcuts.ts';

/** Keys that work in every view. A dialog that is open keeps `?` and `/` to itself. */
export function useGlobalKeys(actions: {
  readonly onSearch: () => void;
  readonly onShortcuts: () => void;
}): void {
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      actions.onSearch();
      return;
    }
    if (isTyping(event) || event.ctrlKey || event.metaKey || document.querySelector('dialog[open]')) return;
    if (event.key === '?') {
      event.preventDefault();
      actions.onShortcuts();
    } else if (event.key === '/') {
      const filter = document.querySelector<HTMLInputElement>('main input[type="search"]');
      if (!filter) return;
      event.preventDefault();
      filter.focus();
      filter.select();
    }
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKeyDown(event);
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, []);
}
