import { describe, expect, it } from 'vitest';
import { hrefTo, navigate, parseHash, replaceQuery } from './router.ts';

describe('router', () => {
  it('reads what it writes', () => {
    const route = parseHash(hrefTo('recordings', { stream: 'a/b & ü?', at: 5, none: undefined }));
    expect(route?.view).toBe('recordings');
    expect(Object.fromEntries(route?.query ?? [])).toEqual({ stream: 'a/b & ü?', at: '5' });
  });

  it('names no view where there is none', () => {
    expect(parseHash('')).toBeNull();
    expect(parseHash('#/nonsense')).toBeNull();
    expect(parseHash('#/cluster')?.view).toBe('cluster');
  });

  it('changes parameters in place', () => {
    navigate('streams', { show: 'live' });
    replaceQuery({ show: 'all' });
    expect(window.location.hash).toBe('#/streams?show=all');
  });
});
