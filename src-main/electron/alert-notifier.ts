import type { DesktopNotice, NotificationLevel } from '../../src-shared/contract/desktop-bridge.ts';
import type { Alert } from '../../src-shared/model/alert.ts';
import { MS_PER_SECOND } from '../../src-shared/util/units.ts';
import type { AlertChange } from '../core/alerts/alert-book.ts';

export interface AlertNotifierOptions {
  readonly readLevel: () => NotificationLevel;
  /** Whether an operator looks at the window now, which tells of alerts itself. */
  readonly isWatched: () => boolean;
  readonly show: (notice: DesktopNotice) => void;
  /** After one notification the next ones are gathered for this time. */
  readonly gatherMs?: number;
}

const GATHER_MS = 5 * MS_PER_SECOND;
const MAX_NAMES = 4;

/** Notifies of alerts that open; many at once, as when a switch fails, are told in one notification. */
export class AlertNotifier {
  readonly #waiting = new Map<string, Alert>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: AlertNotifierOptions) {}

  /** An alert opened, opened again or closed. */
  note({ alert, event }: AlertChange): void {
    if (event === 'closed') this.#waiting.delete(alert.id);
    if (event !== 'opened' && event !== 'reopened') return;
    if (!this.#isWanted(alert)) return;
    this.#waiting.set(alert.id, alert);
    if (!this.#timer) this.#tell();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.clear();
  }

  #isWanted({ acknowledgedAtMs, severity }: Alert): boolean {
    const { isWatched, readLevel } = this.options;
    const level = readLevel();
    if (level === 'off' || acknowledgedAtMs !== null || isWatched()) return false;
    return level === 'all' || severity === 'critical';
  }

  #tell(): void {
    this.#timer = undefined;
    const alerts = [...this.#waiting.values()];
    if (alerts.length === 0) return;
    this.#waiting.clear();
    this.options.show(noticeOf(alerts));
    this.#timer = setTimeout(() => this.#tell(), this.options.gatherMs ?? GATHER_MS).unref();
  }
}

function noticeOf(alerts: readonly Alert[]): DesktopNotice {
  const [first, ...others] = alerts;
  if (first && others.length === 0) return { title: nameOf(first), body: first.text };
  const names = [...new Set(alerts.map(nameOf))];
  const rest = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  return { title: `${alerts.length} new alerts`, body: `${names.slice(0, MAX_NAMES).join(', ')}${rest}` };
}

/** "Node edge-01". */
function nameOf({ object }: Alert): string {
  return `${object.kind.charAt(0).toUpperCase()}${object.kind.slice(1)} ${object.name}`;
}
