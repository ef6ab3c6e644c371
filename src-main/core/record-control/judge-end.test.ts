import { expect, it } from 'vitest';
import { judgeEnd, type RunningSight } from './judge-end.ts';

const running: RunningSight = {
  node: 'here',
  hasStream: true,
  hasStatus: true,
  isRecording: true,
  isReplaced: false,
  isPublished: true,
  publishedForMs: 600_000,
  ageMs: 500_000,
};

it.each([
  [{}, 'running'],
  [{ isRecording: false }, 'ended'],
  [{ isRecording: null }, 'ask'],
  // It may go on while nobody hears of it.
  [{ node: 'away', isRecording: false, hasStream: false }, 'running'],
  [{ node: 'gone' }, 'ended'],
  [{ hasStream: false }, 'ended'],
  [{ isReplaced: true }, 'ended'],
  // The publisher vanished, and the node says that it goes on recording.
  [{ isPublished: false, publishedForMs: null }, 'running'],
  [{ hasStatus: false, isRecording: null }, 'running'],
  [{ hasStatus: false, isRecording: null, isPublished: false, publishedForMs: null }, 'ended'],
  [{ hasStatus: false, isRecording: null, publishedForMs: 10_000 }, 'ended'],
  [{ hasStatus: false, isRecording: true, publishedForMs: 10_000 }, 'running'],
] satisfies [Partial<RunningSight>, string][])('of %o says %s', (change, verdict) => {
  expect(judgeEnd({ ...running, ...change })).toBe(verdict);
});
