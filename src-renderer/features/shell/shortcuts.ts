/** A line of the list of keys. */
export interface ShortcutEntry {
  /** Caps, separated by spaces; alternatives by " / ". */
  readonly keys: string;
  readonly does: string;
}

export interface ShortcutGroup {
  readonly title: string;
  readonly entries: readonly ShortcutEntry[];
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
    title: 'Recordings',
    entries: [
      { keys: 'Space', does: 'Play and pause' },
      { keys: 'J K L', does: 'Slower, pause, faster' },
      { keys: '← →', does: 'One frame; with Shift one second, with Ctrl ten' },
      { keys: '[ ]', does: 'Previous and next gap' },
      { keys: 'G', does: 'Type a time' },
      { keys: 'I O', does: 'In and out of the selection' },
      { keys: 'E', does: 'Export the selection' },
      { keys: 'M', does: 'Sound' },
      { keys: 'F', does: 'Full screen' },
      { keys: 'N', does: 'Go live' },
    ],
  },
];

/** Whether a key press is meant for a field, in which letters are letters. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}
