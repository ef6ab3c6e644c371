import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEFAULT_WINDOW_STATE, readWindowState, writeWindowState } from './window-state.ts';

const screens = [{ x: 0, y: 0, width: 1920, height: 1080 }];
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'window-state-'));
  file = path.join(folder, 'window.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a window comes back where it was', () => {
  const state = { x: 100, y: 50, width: 1000, height: 700, isMaximized: true };
  writeWindowState(file, state);
  expect(readWindowState(file, screens)).toEqual(state);
});

test('a window of a screen that is gone keeps its size only', () => {
  writeWindowState(file, { x: 2500, y: 50, width: 1000, height: 700, isMaximized: false });
  expect(readWindowState(file, screens)).toEqual({ width: 1000, height: 700, isMaximized: false });
});

test.each(['', 'null', '{"width":10,"height":10}', '{"width":"a"}', '[1'])('%j is not believed', (text) => {
  writeFileSync(file, text);
  expect(readWindowState(file, screens)).toEqual(DEFAULT_WINDOW_STATE);
});

test('nothing known and nowhere to write is fine', () => {
  expect(readWindowState(file, screens)).toEqual(DEFAULT_WINDOW_STATE);
  writeWindowState(path.join(folder, 'absent', 'window.json'), DEFAULT_WINDOW_STATE);
});
