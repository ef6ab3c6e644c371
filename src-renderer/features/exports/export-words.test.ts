import { describe, expect, it } from 'vitest';
import type { ExportJob } from '../../../src-shared/model/export-job.ts';
import { exportRatio, progressText, rangeText, remainingMs, resultText } from './export-words.ts';

const START_US = Date.UTC(2026, 10, 22, 13, 3, 20, 41) * 1000;

const running: ExportJob = {
  id: 'one',
  stream: 'cam',
  startUs: START_US,
  endUs: START_US + 104_960_000,
  state: 'running',
  createdAtMs: 0,
  finishedAtMs: null,
  sizeBytes: 18_700_000_000,
  writtenBytes: 11_800_000_000,
  bytesPerSecond: 400_000_000,
  fileName: null,
  host: null,
  folder: null,
  durationUs: null,
  startsEarlyUs: null,
  gaps: [],
  error: null,
};

describe('words about an export', () => {
  it('tell how far it is and how long it takes', () => {
    expect(remainingMs(running)).toBe(17_250);
    expect(progressText(running)).toBe('11.8 GB of 18.7 GB · 400 MB/s · 17 s left');
    expect(exportRatio(running)).toBeCloseTo(0.631, 3);
    expect(exportRatio({ ...running, sizeBytes: null })).toBeNull();
    expect(remainingMs({ ...running, bytesPerSecond: 0 })).toBeNull();
  });

  it('tell the range with its zone, the second day where there is one', () => {
    expect(rangeText(running, 'Europe/Berlin')).toBe('22 Nov 2026 14:03:20.041 to 14:05:05.001 UTC+1');
    expect(rangeText({ startUs: START_US, endUs: START_US + 43_200_000_000 }, 'UTC')).toBe(
      '22 Nov 2026 13:03:20.041 to 23 Nov 2026 01:03:20.041 UTC',
    );
  });

  it('tell what the file is', () => {
    const done: ExportJob = {
      ...running,
      state: 'done',
      sizeBytes: 186_400_000,
      durationUs: 104_960_000,
      startsEarlyUs: 320_000,
      gaps: [{ startUs: 0, endUs: 1 }],
    };
    expect(resultText(done)).toBe(
      '186 MB · 1 min 44.96 s · 1 gap closed up · starts 320 ms early, hidden by an edit list',
    );
  });
});
