import { randomUUID } from 'node:crypto';
import type { Alert, AlertKind, AlertObject } from '../../../src-shared/model/alert.ts';
import { MS_PER_MINUTE } from '../../../src-shared/util/units.ts';
import { ALERT_POLICIES, type AlertPolicy, REOPEN_WITHIN_MS } from './alert-policy.ts';

/** Something is wrong now. */
export interface AlertReport {
  readonly kind: AlertKind;
  readonly object: AlertObject;
  /** What happened and what to do. */
  readonly text: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** `changed`: text, count or acknowledgement. */
export interface AlertChange {
  readonly event: 'opened' | 'reopened' | 'changed' | 'closed';
  readonly alert: Alert;
}

/** An operator took note of an alert. */
export interface Acknowledgement {
  readonly by: string;
  /** What was done; without it what was written before stays. */
  readonly note?: string | undefined;
  readonly nowMs: number;
}

/** Reports of what already stands only move `lastAtMs`, and not more often than this. */
const REFRESH_EVERY_MS = MS_PER_MINUTE;

interface Pending {
  readonly sinceMs: number;
  report: AlertReport;
}
interface Open {
  alert: Alert;
  /** Since when nobody reports it; null while it holds. */
  quietSinceMs: number | null;
}

/**
 * Which alerts stand, in memory: short troubles are left out, and what comes and goes is counted in one alert.
 *
 * Times are milliseconds since the Unix epoch. Every method returns what changed by it.
 */
export class AlertBook {
  readonly #pending = new Map<string, Pending>();
  readonly #open = new Map<string, Open>();
  /** Closed lately, by key: may come again. */
  readonly #closed = new Map<string, Alert>();

  constructor(private readonly policies: Readonly<Record<AlertKind, AlertPolicy>> = ALERT_POLICIES) {}

  /** Open alerts, oldest first. */
  open(): Alert[] {
    return [...this.#open.values()].map(({ alert }) => alert);
  }

  /** Closed in the last minutes. */
  recent(): Alert[] {
    return [...this.#closed.values()];
  }

  find(id: string): Alert | undefined {
    return this.open().find((alert) => alert.id === id) ?? this.recent().find((alert) => alert.id === id);
  }

  /** Takes over an alert that was open when the program ended last, or that another manager opened or closed. */
  adopt(alert: Alert): void {
    const key = keyOf(alert.kind, alert.object);
    if (alert.closedAtMs !== null) {
      if (this.#open.get(key)?.alert.id !== alert.id) return;
      this.#open.delete(key);
      this.#closed.set(key, alert);
      return;
    }
    const known = this.#open.get(key);
    this.#open.set(key, { alert, quietSinceMs: known?.quietSinceMs ?? null });
  }

  /** Something is wrong; to be called again and again or once, until `resolve`. */
  raise(report: AlertReport, nowMs: number): AlertChange[] {
    const key = keyOf(report.kind, report.object);
    const open = this.#open.get(key);
    if (open) return this.#again(open, report, nowMs);
    const pending = this.#pending.get(key);
    if (pending) pending.report = report;
    else this.#pending.set(key, { sinceMs: nowMs, report });
    return this.#openIfDue(key, nowMs);
  }

  /** It is no longer wrong. */
  resolve(kind: AlertKind, object: AlertObject, nowMs: number): AlertChange[] {
    const key = keyOf(kind, object);
    this.#pending.delete(key);
    const open = this.#open.get(key);
    if (!open) return [];
    open.quietSinceMs ??= nowMs;
    return this.#closeIfDue(key, open, nowMs);
  }

  /** What time alone changes; to be called about once a second. */
  tick(nowMs: number): AlertChange[] {
    const changes = [...this.#pending.keys()].flatMap((key) => this.#openIfDue(key, nowMs));
    for (const [key, open] of this.#open) changes.push(...this.#closeIfDue(key, open, nowMs));
    for (const [key, alert] of this.#closed) {
      if (nowMs - (alert.closedAtMs ?? 0) > REOPEN_WITHIN_MS) this.#closed.delete(key);
    }
    return changes;
  }

  /** An operator took note of it. Nothing changes where it is not known here. */
  acknowledge(id: string, { by, note, nowMs }: Acknowledgement): AlertChange[] {
    // Who took note first stays; a later note is added to that.
    const acknowledged = (alert: Alert): Alert => ({
      ...alert,
      acknowledgedAtMs: alert.acknowledgedAtMs ?? nowMs,
      acknowledgedBy: alert.acknowledgedBy ?? by,
      ...(note === undefined ? {} : { note }),
    });
    for (const [key, open] of this.#open) {
      if (open.alert.id !== id) continue;
      open.alert = acknowledged(open.alert);
      if (!this.policies[open.alert.kind].closesOnAcknowledge)
        return [{ event: 'changed', alert: open.alert }];
      return [this.#close(key, open, nowMs)];
    }
    for (const [key, alert] of this.#closed) {
      if (alert.id !== id) continue;
      const changed = acknowledged(alert);
      this.#closed.set(key, changed);
      return [{ event: 'changed', alert: changed }];
    }
    return [];
  }

  #again(open: Open, report: AlertReport, nowMs: number): AlertChange[] {
    const hasComeBack = open.quietSinceMs !== null;
    const isStale = nowMs - open.alert.lastAtMs >= REFRESH_EVERY_MS;
    open.quietSinceMs = null;
    if (!hasComeBack && !isStale && open.alert.text === report.text) return [];
    open.alert = {
      ...open.alert,
      text: report.text,
      details: { ...report.details },
      lastAtMs: nowMs,
      count: open.alert.count + (hasComeBack ? 1 : 0),
    };
    return [{ event: 'changed', alert: open.alert }];
  }

  #openIfDue(key: string, nowMs: number): AlertChange[] {
    const pending = this.#pending.get(key);
    if (!pending) return [];
    const { report, sinceMs } = pending;
    const { holdMs, severity } = this.policies[report.kind];
    if (nowMs - sinceMs < holdMs) return [];
    this.#pending.delete(key);
    const before = this.#closed.get(key);
    this.#closed.delete(key);
    const fields = { text: report.text, details: { ...report.details }, lastAtMs: nowMs, closedAtMs: null };
    const alert: Alert = before
      ? { ...before, ...fields, count: before.count + 1 }
      : {
          id: randomUUID(),
          kind: report.kind,
          object: report.object,
          severity,
          openedAtMs: sinceMs,
          count: 1,
          acknowledgedAtMs: null,
          acknowledgedBy: null,
          note: '',
          ...fields,
        };
    this.#open.set(key, { alert, quietSinceMs: null });
    return [{ event: before ? 'reopened' : 'opened', alert }];
  }

  #closeIfDue(key: string, open: Open, nowMs: number): AlertChange[] {
    if (open.quietSinceMs === null) return [];
    if (nowMs - open.quietSinceMs < this.policies[open.alert.kind].clearMs) return [];
    return [this.#close(key, open, open.quietSinceMs)];
  }

  #close(key: string, open: Open, closedAtMs: number): AlertChange {
    const alert = { ...open.alert, closedAtMs };
    this.#open.delete(key);
    this.#closed.set(key, alert);
    return { event: 'closed', alert };
  }
}

function keyOf(kind: AlertKind, object: AlertObject): string {
  return `${kind}\n${object.kind}\n${object.name}`;
}
