import type { ExportJob } from '../../../src-shared/model/export-job.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import type { ExportChange } from './export-service.ts';

/** How far a job is: its id, bytes written, and bytes per second as far as they are known. */
export type ToldProgress = readonly [id: string, writtenBytes: number, bytesPerSecond: number | null];

const TELL_EVERY_MS = MS_PER_SECOND;

/** Makes of changes of exports what other managers are told of those that run here, once a second for each. */
export function progressTeller(
  tell: (progress: ToldProgress) => void,
  clock: Pick<Clock, 'monotonicMs'> = systemClock,
): (change: ExportChange) => void {
  const toldMs = new Map<string, number>();
  return ({ id, job }) => {
    if (!job || job.host !== null || !isAtWork(job)) {
      toldMs.delete(id);
      return;
    }
    const nowMs = clock.monotonicMs();
    if (nowMs - (toldMs.get(id) ?? Number.NEGATIVE_INFINITY) < TELL_EVERY_MS) return;
    toldMs.set(id, nowMs);
    tell([id, job.writtenBytes, job.bytesPerSecond]);
  };
}

/** What was told by another manager: anybody with the password of the database can say it. */
export function isToldProgress(told: unknown): told is ToldProgress {
  if (!Array.isArray(told)) return false;
  const [id, writtenBytes, bytesPerSecond] = told;
  const isAmount = (value: unknown) => typeof value === 'number' && Number.isFinite(value) && value >= 0;
  const isId = typeof id === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(id);
  return isId && isAmount(writtenBytes) && (bytesPerSecond === null || isAmount(bytesPerSecond));
}

/** Whether a job gets on: one that waits, or has ended, does not. */
export function isAtWork({ state }: Pick<ExportJob, 'state'>): boolean {
  return state === 'running' || state === 'checking';
}
