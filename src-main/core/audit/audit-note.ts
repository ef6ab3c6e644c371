import type { AuditOutcome, CredentialKind } from '../../../src-shared/model/audit-entry.ts';

/** One act to be kept. No part of it holds a secret. */
export interface AuditNote {
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** Account or credential; empty where nobody was recognised. */
  readonly who: string;
  readonly credential: CredentialKind;
  /** Public identifier of the browser session or issued token. */
  readonly session: string | null;
  /** Verb and kind of object: `delete stream`. */
  readonly action: string;
  readonly object: string;
  readonly outcome: AuditOutcome;
  /** HTTP status of the reply. */
  readonly status: number | null;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly details?: Readonly<Record<string, unknown>>;
  /**
   * Notes of the same caller about the same thing with the same outcome and details that follow each other within this
   * time, are one entry; those without details belong to the last one. Absent: each note is one.
   */
  readonly mergeWithinMs?: number | undefined;
  /**
   * Refused to a caller whom nobody knows: merged whatever it was about, the first object standing for all, and never
   * in the way of what others do.
   */
  readonly isOfNobody?: boolean;
}

/** Where acts go. Never throws, never waits. */
export interface AuditSink {
  note(note: AuditNote): void;
}

/** The outcome that an HTTP status stands for. */
export function outcomeOf(status: number): AuditOutcome {
  if (status < 400) return 'ok';
  return status === 401 || status === 403 || status === 429 ? 'refused' : 'failed';
}
