import { describe, expect, it } from 'vitest';
import type { LiveEvents } from '../../../src-shared/contract/events.ts';
import { visibleEvent } from './live-event-view.ts';
import { MODE, type Principal } from './principal.ts';

const limited: Principal = { id: '*', mode: MODE.read, name: 'viewer', streams: ['cam*'] };
const spans: LiveEvents['coverage'] = [
  { stream: 'cam1', startUs: 1, endUs: 2 },
  { stream: 'door', startUs: 1, endUs: 2 },
];

describe('visibleEvent', () => {
  it('gives all to who sees all, as it is', () => {
    expect(visibleEvent({ ...limited, streams: undefined }, 'coverage', spans)).toBe(spans);
  });

  it('keeps other streams from who is limited', () => {
    expect(visibleEvent(limited, 'coverage', spans)).toEqual([spans[0]]);
    expect(visibleEvent(limited, 'coverage', spans.slice(1))).toBeNull();
    const streams = { changed: [], removed: ['cam1', 'door'] };
    expect(visibleEvent(limited, 'streams', streams)).toEqual({ changed: [], removed: ['cam1'] });
  });

  it('keeps recordings from who administers without reading', () => {
    expect(visibleEvent({ id: '*', mode: MODE.admin, name: 'x' }, 'coverage', spans)).toBeNull();
  });

  it('gives nobody anything', () => {
    expect(visibleEvent(null, 'coverage', spans)).toBeNull();
  });
});
