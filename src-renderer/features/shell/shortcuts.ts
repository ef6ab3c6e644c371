import { type KeyHelp, PLAYER_KEY_HELP } from '../player/player-keys.ts';

export interface ShortcutGroup {
  readonly title: string;
  readonly entries: readonly KeyHelp[];
}

export function isMac(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.platform);
}

/** Every key the window knows. */
export const SHORTCUTS: readonly ShortcutGroup[] = [
  {
    title: 'Everywhere',
    entries: [
      { keys: 'Ctrl K', does: 'Search views, streams, nodes, times and commands' },
      { keys: '?', does: 'Show this list' },
      { keys: 'Esc', does: 'Close what floats, empty a filter' },
    ],
  },
  {
    title: 'Tables',
    entries: [
      { keys: '↑ ↓', does: 'Move the selection' },
      { keys: 'PgUp PgDn', does: 'Move it by a page' },
      { keys: 'Home End', does: 'First and last row' },
      { keys: '/', does: 'Filter' },
    ],
  },
  {
    title: 'Live',
    entries: [
      { keys: '1 to 9', does: 'Choose a picture' },
      { keys: 'M', does: 'Sound of the active picture on or off' },
      { keys: 'F', does: 'Full screen' },
    ],
  },
  { title: 'Recordings', entries: PLAYER_KEY_HELP },
];

/** Whether a key press is meant for a field, in which letters are letters. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}
