import { readFileSync, writeFileSync } from 'node:fs';

/** Where a window was, in device-independent pixels. */
export interface WindowState {
  readonly x?: number;
  readonly y?: number;
  readonly width: number;
  readonly height: number;
  readonly isMaximized: boolean;
}

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const DEFAULT_WINDOW_STATE: WindowState = { width: 1440, height: 900, isMaximized: false };
const MIN_SIZE = 320;
/** So much of the title bar has to be on a screen for the window to be found and moved. */
const MIN_VISIBLE = 80;

/** Reads where the window was; the default when that is unknown, unreadable or on a screen that is gone. */
export function readWindowState(file: string, screens: readonly Area[]): WindowState {
  try {
    return checkedState(JSON.parse(readFileSync(file, 'utf8')), screens);
  } catch {
    return DEFAULT_WINDOW_STATE;
  }
}

/** Remembers where the window is. Not being able to is no reason to disturb anyone. */
export function writeWindowState(file: string, state: WindowState): void {
  try {
    writeFileSync(file, `${JSON.stringify(state)}\n`);
  } catch {
    // The window opens in its default place next time.
  }
}

function checkedState(value: unknown, screens: readonly Area[]): WindowState {
  if (typeof value !== 'object' || value === null) return DEFAULT_WINDOW_STATE;
  const { x, y, width, height, isMaximized } = value as Record<string, unknown>;
  if (!isSize(width) || !isSize(height)) return DEFAULT_WINDOW_STATE;
  const size = { width, height, isMaximized: isMaximized === true };
  if (typeof x !== 'number' || typeof y !== 'number') return size;
  const isReachable = screens.some(
    (screen) =>
      y >= screen.y &&
      y + MIN_VISIBLE <= screen.y + screen.height &&
      x + width >= screen.x + MIN_VISIBLE &&
      x + MIN_VISIBLE <= screen.x + screen.width,
  );
  return isReachable ? { ...size, x, y } : size;
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= MIN_SIZE;
}
