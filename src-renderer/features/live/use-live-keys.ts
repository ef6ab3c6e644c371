import { useEffect, useEffectEvent } from 'react';
import { isTyping } from '../shell/shortcuts.ts';
import { visibleStreams } from './live-wall.ts';
import { changeWall } from './use-wall.ts';

/** 1 to 9 choose a picture, M turns the sound on and off, F fills the screen. */
export function useLiveKeys(fullScreen: () => void): void {
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector('dialog[open], [role="menu"]')) return;
    const key = event.key.toLowerCase();
    if (key === 'm') changeWall((wall) => ({ ...wall, hasSound: !wall.hasSound }));
    else if (key === 'f') fullScreen();
    else if (/^[1-9]$/.test(key)) {
      changeWall((wall) => ({ ...wall, active: visibleStreams(wall)[Number(key) - 1] ?? wall.active }));
    }
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKeyDown(event);
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, []);
}
