import { describe, expect, it } from 'vitest';
import { commandOf, isKeyTaken } from './player-keys.ts';

const stroke = (
  key: string,
  modifiers: Partial<Record<'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey', boolean>> = {},
) => ({
  key,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...modifiers,
});

describe('keys of the player', () => {
  it('knows the three sizes of a step', () => {
    expect(commandOf(stroke('ArrowLeft'))).toBe('frame-back');
    expect(commandOf(stroke('ArrowRight', { shiftKey: true }))).toBe('second-forward');
    expect(commandOf(stroke('ArrowLeft', { metaKey: true }))).toBe('ten-back');
  });

  it('leaves the shortcuts of the browser and of the frame alone', () => {
    expect(commandOf(stroke('k', { ctrlKey: true }))).toBeNull();
    expect(commandOf(stroke('s', { metaKey: true }))).toBeNull();
    expect(commandOf(stroke('ArrowLeft', { altKey: true }))).toBeNull();
    expect(commandOf(stroke('?'))).toBeNull();
  });

  it('chooses pictures by number, and letters with caps lock on', () => {
    expect(commandOf(stroke('1'))).toEqual({ picture: 0 });
    expect(commandOf(stroke('J'))).toBe('slower');
  });

  it('does not take keys from a field, a button or a slider', () => {
    document.body.innerHTML =
      '<input id="field"><button id="button"></button><div role="slider" id="slider"></div><div id="plain"></div>';
    const find = (id: string) => document.getElementById(id);
    expect(isKeyTaken(find('field'), 'j')).toBe(true);
    expect(isKeyTaken(find('button'), ' ')).toBe(true);
    expect(isKeyTaken(find('button'), 'j')).toBe(false);
    expect(isKeyTaken(find('slider'), 'ArrowLeft')).toBe(true);
    expect(isKeyTaken(find('plain'), ' ')).toBe(false);
    expect(isKeyTaken(null, ' ')).toBe(false);
  });
});
