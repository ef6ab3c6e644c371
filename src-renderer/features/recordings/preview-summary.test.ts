import { describe, expect, it } from 'vitest';
import { earlyText, summarise } from './preview-summary.ts';
import type { ExportPreview, PreviewRead } from './use-export-preview.ts';

const preview = (more: Partial<ExportPreview> = {}): PreviewRead => ({
  kind: 'done',
  preview: {
    sizeBytes: 1000,
    durationUs: 10,
    startsEarlyUs: 320_000,
    videoFrames: 250,
    gaps: [],
    parts: [{ startUs: 0, endUs: 10 }],
    warnings: [],
    ...more,
  },
});

describe('summary of previews', () => {
  it('adds up and takes the earliest start', () => {
    const summary = summarise(
      ['a', 'b'],
      new Map([
        ['a', preview()],
        [
          'b',
          preview({
            startsEarlyUs: 900_000,
            parts: [
              { startUs: 0, endUs: 5 },
              { startUs: 5, endUs: 10 },
            ],
          }),
        ],
      ]),
    );
    expect(summary).toMatchObject({
      isComplete: true,
      fileCount: 3,
      sizeBytes: 2000,
      videoFrames: 500,
      earliestUs: 900_000,
      streams: ['a', 'b'],
    });
  });

  it('names the stream of a warning where there are several, and leaves out what has no media', () => {
    const summary = summarise(
      ['a', 'b'],
      new Map([
        ['a', preview({ gaps: [{ startUs: 0, endUs: 12_000_000 }] })],
        ['b', { kind: 'failed', message: 'x', isWithoutMedia: true } satisfies PreviewRead],
      ]),
    );
    expect(summary.streams).toEqual(['a']);
    expect(summary.warnings).toEqual([
      { stream: 'a', text: '1 gap of 12 s in all, closed up in the clip.' },
      { stream: 'b', text: 'Nothing is recorded in this range.' },
    ]);
    expect(summarise(['a'], new Map([['a', preview({ warnings: ['ends early'] })]])).warnings).toEqual([
      { stream: null, text: 'ends early' },
    ]);
  });

  it('is not complete before every answer', () => {
    expect(summarise(['a', 'b'], new Map([['a', preview()]])).isComplete).toBe(false);
    expect([0, 320_000].map(earlyText)).toEqual([
      'exactly at the selection',
      '320 ms early, hidden by edit list',
    ]);
  });
});
