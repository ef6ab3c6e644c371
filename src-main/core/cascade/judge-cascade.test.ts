import { describe, expect, it } from 'vitest';
import { type CascadeSight, judgeCascade } from './judge-cascade.ts';

const fine: CascadeSight = {
  origin: 'viewers',
  ageMs: 60_000,
  isLinkShown: true,
  hasArrived: true,
  isPeerShown: true,
  brokenForMs: null,
  idleForMs: null,
};

describe('judgeCascade', () => {
  it.each<[string, Partial<CascadeSight>, string]>([
    ['keeps one that is watched', {}, 'keep'],
    ['keeps one that is idle for a short time', { idleForMs: 999 }, 'keep'],
    ['ends one that is idle for long enough', { idleForMs: 1000 }, 'idle'],
    ['never ends one made by hand for being idle', { origin: 'operator', idleForMs: 9e9 }, 'keep'],
    ['gives up one that its node shows no more', { isLinkShown: false }, 'lost'],
    ['waits until a new one can be shown', { isLinkShown: false, ageMs: 9999 }, 'keep'],
    ['believes nothing of a node that does not answer', { isLinkShown: null }, 'keep'],
    [
      'gives up one whose source is down and whose target has nothing',
      { isLinkShown: null, hasArrived: false },
      'lost',
    ],
    ['keeps one when neither answers', { isLinkShown: null, hasArrived: null }, 'keep'],
    ['keeps one that is broken for a moment', { hasArrived: false, brokenForMs: 9999 }, 'keep'],
    ['gives up one that stays broken', { hasArrived: false, brokenForMs: 10_000 }, 'lost'],
    ['gives up one whose session stays lost', { brokenForMs: 10_000 }, 'lost'],
    [
      'gives up one whose node was killed and whose other end shows it no more',
      { brokenForMs: 10_000, isLinkShown: null, hasArrived: null, isPeerShown: false },
      'lost',
    ],
    [
      'keeps one whose node is only not reached by us',
      { brokenForMs: null, isLinkShown: null, hasArrived: null, isPeerShown: true },
      'keep',
    ],
    ['cannot end one whose node does not answer', { brokenForMs: 90_000, isLinkShown: null }, 'keep'],
  ])('%s', (_, change, expected) => {
    expect(judgeCascade({ ...fine, ...change }, 1000)).toBe(expected);
  });
});
