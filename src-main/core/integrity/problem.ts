import type { FindingKind, FindingRepair } from '../../../src-shared/model/integrity.ts';
import type { FindingDetails } from '../db/integrity-tables.ts';

/** A difference as it is found; see `IntegrityFinding`. */
export interface Problem {
  readonly kind: FindingKind;
  readonly stream: string;
  readonly nodeAlias: string;
  readonly place: string;
  readonly startUs: number | null;
  readonly endUs: number | null;
  readonly reason: string;
  readonly repair: FindingRepair | null;
  readonly details: FindingDetails;
}

/** Which part of the index is checked. */
export interface CheckScope {
  readonly stream: string | null;
  /** Microseconds since the Unix epoch, inclusive; null for no limit. */
  readonly startUs: number | null;
  /** Exclusive. */
  readonly endUs: number | null;
}
