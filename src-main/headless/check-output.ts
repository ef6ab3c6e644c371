import type { IntegrityFinding, IntegrityRun } from '../../src-shared/model/integrity.ts';
import { counted } from '../core/base/counted.ts';

const PHASES = {
  recordings: 'recordings against their objects',
  objects: 'objects without a row',
  totals: 'totals and coverage',
} as const;

/** Tells what `liveman check` finds: lines for people, JSON lines where a program reads. */
export class CheckOutput {
  constructor(private readonly isJson: boolean) {}

  progress(run: IntegrityRun): void {
    if (this.isJson) this.#json('progress', { run });
    else if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${progressLine(run)}`);
  }

  finding(finding: IntegrityFinding): void {
    if (this.isJson) {
      this.#json('finding', { finding });
      return;
    }
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    const repair = finding.repair === null ? '' : ` [${finding.repair}]`;
    process.stdout.write(`${finding.kind}${repair}: ${finding.reason}\n`);
  }

  done(run: IntegrityRun): void {
    if (this.isJson) {
      this.#json(run.state, { run });
      return;
    }
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    process.stdout.write(`${outcomeLine(run)}\n`);
  }

  #json(event: string, rest: object): void {
    process.stdout.write(`${JSON.stringify({ event, ...rest })}\n`);
  }
}

function progressLine({
  foundCount,
  objectCount,
  phase,
  place,
  segmentCount,
  segmentsInAll,
}: IntegrityRun): string {
  const rows =
    segmentsInAll === null
      ? counted(segmentCount, 'segment')
      : `${segmentCount} of ${counted(segmentsInAll, 'segment')}`;
  return `${PHASES[phase]}: ${rows}, ${counted(objectCount, 'object')}, ${counted(foundCount, 'finding')}: ${place}`;
}

function outcomeLine({
  foundCount,
  objectCount,
  problem,
  repairedCount,
  segmentCount,
  state,
}: IntegrityRun): string {
  const counts = `${counted(segmentCount, 'segment')} and ${counted(objectCount, 'object')} checked: ${counted(foundCount, 'finding')}, ${repairedCount} repaired.`;
  if (state === 'failed') return `The check failed: ${problem ?? 'for an unknown reason'}\n${counts}`;
  return state === 'cancelled' ? `Stopped. ${counts}` : counts;
}
