import { describe, expect, it } from 'vitest';
import { iceServerLinks, isIceServerLink, splitLinks } from './link-header.ts';

describe('splitLinks', () => {
  it('separates entries of one header and of several', () => {
    expect(splitLinks(['<stun:a:1>; rel="ice-server", <turn:b>; rel="ice-server"', '</c>; rel=d'])).toEqual([
      '<stun:a:1>; rel="ice-server"',
      '<turn:b>; rel="ice-server"',
      '</c>; rel=d',
    ]);
  });

  it('does not separate at commas of URLs, passwords or escaped quotes', () => {
    const link = '<turn:a?x=1,2>; rel="ice-server"; username="u,\\",v"; credential="p,q"';
    expect(splitLinks([`${link}, <stun:b>; rel="ice-server"`])).toEqual([link, '<stun:b>; rel="ice-server"']);
  });
});

describe('isIceServerLink', () => {
  it.each([
    ['<stun:a>; rel="ice-server"', true],
    ['<stun:a>; rel=ice-server; username="u"', true],
    ['</session/cam1/1/layer>; rel="urn:ietf:params:whep:ext:core:layer"', false],
    ['</session/; rel="ice-server"/1/layer>; rel="urn:ietf:params:whep:ext:core:layer"', false],
  ])('%s: %s', (link, expected) => {
    expect(isIceServerLink(link)).toBe(expected);
  });
});

describe('iceServerLinks', () => {
  it('writes servers as nodes do', () => {
    expect(iceServerLinks({ urls: ['stun:a:3478'] })).toEqual(['<stun:a:3478>; rel="ice-server"']);
    expect(iceServerLinks({ urls: ['turn:a'], username: 'u"1', credential: 'p' })).toEqual([
      '<turn:a>; rel="ice-server"; username="u\\"1"; credential="p"',
    ]);
  });
});
