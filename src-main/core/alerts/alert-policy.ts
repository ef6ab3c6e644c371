import type { AlertKind, AlertSeverity } from '../../../src-shared/model/alert.ts';
import { MS_PER_MINUTE, MS_PER_SECOND } from '../../../src-shared/util/units.ts';

/** How alerts of a kind are handled. */
export interface AlertPolicy {
  readonly severity: AlertSeverity;
  /** What is over before this time is not reported at all. */
  readonly holdMs: number;
  /** It is over only after this time without it. */
  readonly clearMs: number;
  /** It reports one event, which is done with once somebody took note of it. */
  readonly closesOnAcknowledge: boolean;
}

const policy = (severity: AlertSeverity, holdSec: number, clearSec: number, closesOnAcknowledge = false) => ({
  severity,
  holdMs: holdSec * MS_PER_SECOND,
  clearMs: clearSec * MS_PER_SECOND,
  closesOnAcknowledge,
});

export const ALERT_POLICIES: Readonly<Record<AlertKind, AlertPolicy>> = {
  'node-down': policy('critical', 5, 10),
  'auth-failed': policy('warning', 5, 5),
  'clock-skew': policy('warning', 15, 30),
  'stream-gone': policy('critical', 3, 5, true),
  'recording-stalled': policy('critical', 0, 5),
  'cascade-failed': policy('warning', 0, 5, true),
  'database-trouble': policy('critical', 5, 5),
  'journal-in-use': policy('warning', 5, 5),
  'journal-nearly-full': policy('critical', 0, 10),
  'report-set-aside': policy('warning', 0, 0),
  'storage-trouble': policy('critical', 10, 10),
  'disk-nearly-full': policy('warning', 10, 60),
  'retention-trouble': policy('warning', 0, 0),
  'index-differs': policy('warning', 0, 0),
  'certificate-trouble': policy('warning', 0, 0),
  'keychain-trouble': policy('critical', 5, 0),
  'secret-missing': policy('warning', 0, 0),
};

/** What comes again within this time after it was over is counted in the same row. */
export const REOPEN_WITHIN_MS = 5 * MS_PER_MINUTE;
