import { expect, it } from 'vitest';
import type { ExportJob } from '../../../src-shared/model/export-job.ts';
import { endTeller } from './ended-exports.ts';

const job = (state: ExportJob['state'], startUs = 5) => ({ state, stream: 'cam', startUs }) as ExportJob;

it('tells each end once, and nothing of exports that were over before', () => {
  const told: unknown[] = [];
  const note = endTeller((...what) => told.push(what));
  note({ id: 'old', job: job('done') });
  note({ id: 'a', job: job('waiting') });
  note({ id: 'a', job: job('running') });
  note({ id: 'b', job: job('waiting', 7) });
  expect(told).toEqual([]);
  note({ id: 'a', job: job('failed') });
  note({ id: 'a', job: job('failed') });
  note({ id: 'b', job: null });
  expect(told).toEqual([
    ['cam', 5],
    ['cam', 7],
  ]);
});
