import { useEffect, useEffectEvent } from 'react';
import { commandOf, isKeyTaken, type PlayerCommand } from '../player/player-keys.ts';

export interface KeyActions {
  readonly run: (command: PlayerCommand) => void;
  readonly choosePicture: (index: number) => void;
}

/** The keys of the Recordings view, wherever the focus is, unless what has it needs them. */
export function useRecordingKeys(actions: KeyActions): void {
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || isKeyTaken(event.target, event.key)) return;
    if (document.querySelector('dialog[open]')) return;
    const command = commandOf(event);
    if (command === null) return;
    event.preventDefault();
    if (typeof command === 'string') actions.run(command);
    else actions.choosePicture(command.picture);
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => onKeyDown(event);
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, []);
}
