import type { JournalStatus } from '../../../src-shared/model/system-status.ts';
import { counted } from '../base/counted.ts';
import type { AlertService } from './alert-service.ts';

const OBJECT = { kind: 'database', name: 'journal' } as const;
const NEARLY_FULL_SHARE = 0.8;
/** Once told it stays until there is clearly more room. */
const ROOM_SHARE = 0.7;
const BYTES_PER_MB = 1e6;

/** Raises and resolves what is to be said of the journal. */
export function checkJournal(
  alerts: Pick<AlertService, 'raise' | 'resolve'>,
  journal: JournalStatus,
  nowMs: number,
): void {
  const { entryCount, maxBytes, oldestAtMs, segmentCount, setAsideCount, setAsideReason, usedBytes } =
    journal;
  if (entryCount === 0 || oldestAtMs === null) alerts.resolve('journal-in-use', OBJECT);
  else {
    const minutes = Math.floor((nowMs - oldestAtMs) / 60_000);
    const age = minutes < 1 ? 'less than a minute' : `${minutes} min`;
    const are = entryCount === 1 ? 'is' : 'are';
    const reports = counted(entryCount, 'report');
    const segments = counted(segmentCount, 'segment');
    alerts.raise(
      'journal-in-use',
      OBJECT,
      `${reports} (${segments}, the oldest ${age} old) ${are} safe in the journal and ${are} indexed once the database takes them.`,
      { entryCount, segmentCount, usedBytes, oldestAtMs },
    );
  }
  // Off is not full.
  const share = maxBytes === 0 ? 0 : usedBytes / maxBytes;
  if (share < ROOM_SHARE && journal.problem === null) alerts.resolve('journal-nearly-full', OBJECT);
  if (share >= NEARLY_FULL_SHARE || journal.problem !== null) {
    const megabytes = (bytes: number) => Math.round(bytes / BYTES_PER_MB);
    const words =
      journal.problem ??
      `The journal holds ${megabytes(usedBytes)} of ${megabytes(maxBytes)} MB. When it is full reports are ` +
        'refused and nodes lose segments: bring the database back, or raise segments.journal_max_bytes.';
    alerts.raise('journal-nearly-full', OBJECT, words, { usedBytes, maxBytes });
  }
  if (setAsideCount === 0) alerts.resolve('report-set-aside', OBJECT);
  else {
    alerts.raise(
      'report-set-aside',
      OBJECT,
      `${counted(setAsideCount, 'acknowledged report')} cannot be indexed and ${setAsideCount === 1 ? 'was' : 'were'} set aside: ${(setAsideReason ?? 'no reason given').replace(/\.?$/, '.')} ` +
        `Storage › Ingest lists ${setAsideCount === 1 ? 'it' : 'them'}, to try again or to discard.`,
      { setAsideCount },
    );
  }
}
