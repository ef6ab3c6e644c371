import { expect, it } from 'vitest';
import { segmentIdOf } from './segment-id.ts';

const identity = { nodeAlias: 'n', stream: 's', path: 'p', sessionNo: 0, reportedStartUs: 5 };

it('is a UUID of version 8 that follows from the identity alone', () => {
  const id = segmentIdOf(identity);
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(segmentIdOf({ ...identity })).toBe(id);
});

it('differs when any part does', () => {
  const others = [
    { nodeAlias: 'm' },
    { stream: 't' },
    { path: 'q' },
    { sessionNo: 1 },
    { reportedStartUs: 6 },
    { nodeAlias: 'ns', stream: '' },
  ];
  const ids = [identity, ...others.map((other) => ({ ...identity, ...other }))].map(segmentIdOf);
  expect(new Set(ids).size).toBe(ids.length);
});
