import { describe, expect, it } from 'vitest';
import { routeUrl } from './route-url.ts';

describe('routeUrl', () => {
  it('encodes a segment and keeps the slashes of a rest', () => {
    expect(routeUrl('/api/record/{stream}/mpd', { stream: 'a/b ü' })).toBe('api/record/a%2Fb%20%C3%BC/mpd');
    expect(routeUrl('/api/record/object/{*path}', { '*': 'cam 1/a#b.m4s' })).toBe(
      'api/record/object/cam%201/a%23b.m4s',
    );
  });

  it('repeats arrays and leaves out what is not given', () => {
    expect(routeUrl('/api/coverage', {}, { stream: ['a', 'b&c'], start_ts: 0, end_ts: undefined })).toBe(
      'api/coverage?stream=a&stream=b%26c&start_ts=0',
    );
  });

  it('refuses to build a path with a hole', () => {
    expect(() => routeUrl('/api/streams/{stream}')).toThrow('needs the parameter stream');
  });
});
