import { beforeEach, describe, expect, it } from 'vitest';
import type { ExportJob } from '../../src-shared/model/export-job.ts';
import {
  applyExportList,
  applyExports,
  applyExportsProblem,
  INITIAL_EXPORTS,
  selectActiveExportCount,
  useExportsStore,
} from './exports-store.ts';

function exportJob(changes: Partial<ExportJob>): ExportJob {
  return {
    id: 'one',
    stream: 'cam',
    startUs: 0,
    endUs: 10_000_000,
    state: 'done',
    createdAtMs: 0,
    finishedAtMs: null,
    sizeBytes: null,
    writtenBytes: 0,
    bytesPerSecond: null,
    fileName: null,
    host: null,
    folder: null,
    durationUs: null,
    startsEarlyUs: null,
    gaps: [],
    error: null,
    ...changes,
  };
}

describe('exports store', () => {
  beforeEach(() => {
    useExportsStore.setState(INITIAL_EXPORTS, true);
  });

  it('keeps the newest first whatever comes in', () => {
    applyExportList([exportJob({ id: 'old', createdAtMs: 1 }), exportJob({ id: 'new', createdAtMs: 3 })]);
    applyExports({ changed: [exportJob({ id: 'middle', createdAtMs: 2 })], removed: ['old'] });
    expect(useExportsStore.getState().exports.map((job) => job.id)).toEqual(['new', 'middle']);
  });

  it('counts what is still to be done', () => {
    applyExportList([
      exportJob({ id: 'a', state: 'waiting' }),
      exportJob({ id: 'b', state: 'running' }),
      exportJob({ id: 'c', state: 'checking' }),
      exportJob({ id: 'd', state: 'failed' }),
    ]);
    expect(selectActiveExportCount(useExportsStore.getState())).toBe(3);
  });

  it('keeps what was read when a later reading fails', () => {
    applyExportsProblem('away');
    expect(useExportsStore.getState().phase).toBe('failed');
    applyExportList([exportJob({})]);
    applyExportsProblem('away');
    expect(useExportsStore.getState()).toMatchObject({ phase: 'ready', problem: 'away' });
  });
});
