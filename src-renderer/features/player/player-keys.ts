/** What a key does while recordings are looked at. */
export type PlayerCommand =
  | 'toggle-play'
  | 'slower'
  | 'pause'
  | 'faster'
  | 'frame-back'
  | 'frame-forward'
  | 'second-back'
  | 'second-forward'
  | 'ten-back'
  | 'ten-forward'
  | 'recording-start'
  | 'recording-end'
  | 'key-frame-back'
  | 'key-frame-forward'
  | 'jump'
  | 'in-point'
  | 'out-point'
  | 'previous-gap'
  | 'next-gap'
  | 'export'
  | 'bookmark'
  | 'snapshot'
  | 'toggle-strip'
  | 'toggle-sound'
  | 'full-screen'
  | 'go-live'
  | 'zoom-in'
  | 'zoom-out'
  | 'clear-selection';

/** One line of the help: the keys as they are printed, and what they do. */
export interface KeyHelp {
  readonly keys: string;
  readonly does: string;
}

/** All keys of the view, in the order in which the help shows them. */
export const PLAYER_KEY_HELP: readonly KeyHelp[] = [
  { keys: 'Space', does: 'Play or pause' },
  { keys: 'J', does: 'Slower' },
  { keys: 'K', does: 'Pause' },
  { keys: 'L', does: 'Faster' },
  { keys: '← →', does: 'One frame back or forward' },
  { keys: 'Shift ← →', does: 'One second back or forward' },
  { keys: 'Ctrl ← →', does: 'Ten seconds back or forward' },
  { keys: 'Home End', does: 'Start or end of the recording' },
  { keys: ', .', does: 'Previous or next key frame' },
  { keys: 'G', does: 'Go to a typed time' },
  { keys: 'I O', does: 'Start or end of the selection here' },
  { keys: '[ ]', does: 'Previous or next gap' },
  { keys: 'E', does: 'Export the selection' },
  { keys: 'B', does: 'Bookmark the selection, or the instant' },
  { keys: 'S', does: 'Save the picture' },
  { keys: 'P', does: 'Frames around the playhead, while paused' },
  { keys: 'M', does: 'Sound on or off' },
  { keys: 'F', does: 'Full screen' },
  { keys: '1 to 9', does: 'Choose a picture' },
  { keys: 'N', does: 'Go live' },
  { keys: '+ −', does: 'Zoom the timeline' },
  { keys: 'Esc', does: 'Clear the selection' },
];

const PLAIN: Readonly<Record<string, PlayerCommand>> = {
  ' ': 'toggle-play',
  j: 'slower',
  k: 'pause',
  l: 'faster',
  ArrowLeft: 'frame-back',
  ArrowRight: 'frame-forward',
  Home: 'recording-start',
  End: 'recording-end',
  ',': 'key-frame-back',
  '.': 'key-frame-forward',
  g: 'jump',
  i: 'in-point',
  o: 'out-point',
  '[': 'previous-gap',
  ']': 'next-gap',
  e: 'export',
  b: 'bookmark',
  s: 'snapshot',
  p: 'toggle-strip',
  m: 'toggle-sound',
  f: 'full-screen',
  n: 'go-live',
  '+': 'zoom-in',
  '=': 'zoom-in',
  '-': 'zoom-out',
  Escape: 'clear-selection',
};

type Stroke = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>;

/** The command of a key stroke; `{ picture }` counts from 0; null: not one of ours. */
export function commandOf(stroke: Stroke): PlayerCommand | { readonly picture: number } | null {
  if (stroke.altKey) return null;
  const isControl = stroke.ctrlKey || stroke.metaKey;
  if (stroke.key === 'ArrowLeft' || stroke.key === 'ArrowRight') {
    const isBack = stroke.key === 'ArrowLeft';
    if (isControl) return isBack ? 'ten-back' : 'ten-forward';
    if (stroke.shiftKey) return isBack ? 'second-back' : 'second-forward';
  }
  if (isControl) return null;
  if (/^[1-9]$/.test(stroke.key)) return { picture: Number(stroke.key) - 1 };
  const key = stroke.key.length === 1 ? stroke.key.toLowerCase() : stroke.key;
  return PLAIN[key] ?? null;
}

/** The playhead is a slider too, and its arrows are those of the view. */
const KEEPS_ARROWS =
  '[role="slider"]:not([data-own-keys]), [role="separator"], [role="radiogroup"], [role="group"]';

/** Whether the key belongs to the element that has the focus (typing, menus, sliders) and not to the view. */
export function isKeyTaken(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest('input:not([type="checkbox"]), textarea, select, [contenteditable="true"]')) return true;
  if (target.closest('[role="menu"], [role="dialog"], [role="listbox"]')) return true;
  if (key.startsWith('Arrow') || key === 'Home' || key === 'End')
    return target.closest(`${KEEPS_ARROWS}, [data-keeps-keys]`) !== null;
  if (key === ' ' || key === 'Enter') return target.closest('button, a, [role="checkbox"]') !== null;
  return false;
}
