import { expect, it } from 'vitest';
import type { JournalStatus } from '../../../src-shared/model/system-status.ts';
import { checkJournal } from './journal-alerts.ts';

const empty: JournalStatus = {
  entryCount: 0,
  segmentCount: 0,
  usedBytes: 0,
  maxBytes: 1e9,
  oldestAtMs: null,
  setAsideCount: 0,
  setAsideReason: null,
  problem: null,
};

/** Kinds that are raised, with their words, and those that are resolved. */
function told(change: Partial<JournalStatus>): { raised: Record<string, string>; resolved: string[] } {
  const raised: Record<string, string> = {};
  const resolved: string[] = [];
  const alerts = {
    raise: (kind: string, _: unknown, text: string) => {
      raised[kind] = text;
    },
    resolve: (kind: string) => {
      resolved.push(kind);
    },
  };
  checkJournal(alerts, { ...empty, ...change }, 600_000);
  return { raised, resolved };
}

it('resolves everything while the journal is empty, or off', () => {
  const all = ['journal-in-use', 'journal-nearly-full', 'report-set-aside'];
  expect(told({})).toEqual({ raised: {}, resolved: all });
  expect(told({ maxBytes: 0 })).toEqual({ raised: {}, resolved: all });
});

it('says how much waits and since when', () => {
  const { raised, resolved } = told({ entryCount: 3, segmentCount: 30, usedBytes: 100, oldestAtMs: 300_000 });
  expect(raised).toEqual({
    'journal-in-use': expect.stringMatching(/^3 reports \(30 segments, the oldest 5 min old\) are safe/),
  });
  expect(resolved).toEqual(['journal-nearly-full', 'report-set-aside']);
  expect(told({ entryCount: 1, segmentCount: 1, usedBytes: 9, oldestAtMs: 599_000 }).raised).toEqual({
    'journal-in-use': expect.stringMatching(
      /^1 report \(1 segment, the oldest less than a minute old\) is safe .* and is indexed/,
    ),
  });
});

it('warns before the journal is full, and goes on until there is clearly more room', () => {
  expect(told({ usedBytes: 8.5e8 }).raised['journal-nearly-full']).toContain('850 of 1000 MB');
  const between = told({ usedBytes: 7.5e8 });
  expect(between.raised).toEqual({});
  expect(between.resolved).not.toContain('journal-nearly-full');
});

it('says what is wrong with it, and what was set aside', () => {
  const { raised } = told({ problem: 'It cannot be written.', setAsideCount: 2, setAsideReason: 'because' });
  expect(raised).toEqual({
    'journal-nearly-full': 'It cannot be written.',
    'report-set-aside': expect.stringMatching(/^2 acknowledged reports .* because\. Storage › Ingest/),
  });
  expect(told({ setAsideCount: 1, setAsideReason: 'because' }).raised['report-set-aside']).toBe(
    '1 acknowledged report cannot be indexed and was set aside: because. Storage › Ingest lists it, to try again or to discard.',
  );
});
