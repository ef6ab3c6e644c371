import { describe, expect, it } from 'vitest';
import { headerSafe } from './node-proxy.ts';
import { sessionOfLocation, sessionPath, withUsableLayerLink } from './session-location.ts';

describe('sessionOfLocation', () => {
  it.each([
    ['/session/cam1/0b7f', '0b7f'],
    ['http://10.0.0.7:7777/session/cam1/0b7f', '0b7f'],
    ['/session/cam s3/0b7f', '0b7f'],
    ['/session/a?b/c#d/0b7f', '0b7f'],
    ['/session/session/x/0b7f', '0b7f'],
    ['/session/100%/0b7f', '0b7f'],
    ['/session/0b7f', null],
    ['/elsewhere', null],
    ['', null],
    [undefined, null],
  ])('%s: %s', (location, session) => {
    expect(sessionOfLocation(location)).toBe(session);
  });
});

it('writes a session’s path so that it can be used as it is', () => {
  expect(sessionPath('Tür 1/2', '0b7f')).toBe('/session/T%C3%BCr%201%2F2/0b7f');
});

it('gives a layer link the same path and leaves other links alone', () => {
  const layer = '; rel="urn:ietf:params:whep:ext:core:layer"';
  expect(
    withUsableLayerLink([`</session/cam s3/1/layer>${layer}`, '<stun:a>; rel="ice-server"'], 'cam s3', '1'),
  ).toEqual([`</session/cam%20s3/1/layer>${layer}`, '<stun:a>; rel="ice-server"']);
});

it('keeps header values within what a header may hold', () => {
  expect(headerSafe('plain; a="b"')).toBe('plain; a="b"');
  expect(headerSafe('Tür\r\nx: y 東')).toBe('T%C3%BCr%0D%0Ax: y %E6%9D%B1');
});
