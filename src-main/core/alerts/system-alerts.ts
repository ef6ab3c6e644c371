import type { StorageState, SystemStatus } from '../../../src-shared/model/system-status.ts';
import { MS_PER_MINUTE, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { AlertService } from './alert-service.ts';
import { checkJournal } from './journal-alerts.ts';

export interface SystemAlertsOptions {
  readonly alerts: Pick<AlertService, 'isLeading' | 'mustRaise' | 'open' | 'raise' | 'resolve'>;
  readonly readStatus: () => SystemStatus;
  readonly nowMs: () => number;
}

const CHECK_EVERY_MS = 3 * MS_PER_SECOND;
const FULL_SHARE = 0.9;
/** Once told it stays until there is clearly more room. */
const ROOM_SHARE = 0.88;
const BYTES_PER_GB = 1e9;
/** Of the secrets of a manager only itself speaks, again and again; who has said nothing for so long has ended. */
const SILENT_MS = 3 * MS_PER_MINUTE;
const OWN_KINDS = ['keychain-trouble', 'secret-missing'] as const;

/** Raises alerts for the database, the secrets, the journal and the storage. */
export class SystemAlerts implements Closeable {
  readonly #timer: NodeJS.Timeout;
  /** Since when this manager hears of all others; null while it does not. */
  #hearingSinceMs: number | null = null;

  constructor(private readonly options: SystemAlertsOptions) {
    this.#timer = setInterval(() => this.check(), CHECK_EVERY_MS);
  }

  /** What only this manager can say to be over is over with it. */
  close(): void {
    clearInterval(this.#timer);
    const { place } = this.options.readStatus().secrets;
    for (const kind of OWN_KINDS) this.options.alerts.resolve(kind, { kind: 'secrets', name: place });
  }

  /** Looks at the status once. */
  check(): void {
    const { alerts, nowMs, readStatus } = this.options;
    const { database, journal, otherStorages, secrets, storage } = readStatus();
    const databaseObject = {
      kind: 'database',
      name: database.isEmbedded ? 'built-in' : 'configured',
    } as const;
    if (database.isUp) alerts.resolve('database-trouble', databaseObject);
    else {
      const problem = database.problem ?? 'The database cannot be used.';
      alerts.raise(
        'database-trouble',
        databaseObject,
        `${problem} Reports are kept in the journal meanwhile.`,
      );
    }
    this.#checkSecrets(secrets);
    this.#endSilent(database.isUp);
    // Of storage and journal only one manager speaks; else one that has it and one that has it not would contradict each other.
    if (!alerts.mustRaise) return;
    checkJournal(alerts, journal, nowMs());
    for (const each of [storage, ...otherStorages]) this.#checkStorage(each);
  }

  #checkStorage(storage: StorageState): void {
    const { alerts } = this.options;
    const object = { kind: 'storage', name: storage.name } as const;
    if (!storage.isUp) {
      const problem = storage.problem ?? 'The storage cannot be used.';
      alerts.raise('storage-trouble', object, `${problem} Recordings cannot be played meanwhile.`);
      return;
    }
    alerts.resolve('storage-trouble', object);
    this.#checkRoom(object, storage);
  }

  /** Each manager has its own, so that each speaks of them. */
  #checkSecrets({ missing, place, problem }: SystemStatus['secrets']): void {
    const { alerts } = this.options;
    const object = { kind: 'secrets', name: place } as const;
    if (problem === null) alerts.resolve('keychain-trouble', object);
    else alerts.raise('keychain-trouble', object, problem);
    if (missing === null) alerts.resolve('secret-missing', object);
    else alerts.raise('secret-missing', object, missing);
  }

  /** Ends what managers said of their secrets that were killed and do not take it back. */
  #endSilent(isUp: boolean): void {
    const { alerts, nowMs } = this.options;
    if (!alerts.isLeading || !isUp) {
      this.#hearingSinceMs = null;
      return;
    }
    this.#hearingSinceMs ??= nowMs();
    if (nowMs() - this.#hearingSinceMs < SILENT_MS) return;
    for (const { kind, lastAtMs, object } of alerts.open()) {
      const isOwn = OWN_KINDS.some((own) => own === kind) && object.kind === 'secrets';
      if (isOwn && nowMs() - lastAtMs > SILENT_MS) alerts.resolve(kind, object);
    }
  }

  #checkRoom(object: { kind: 'storage'; name: string }, storage: StorageState): void {
    const { usedBytes, totalBytes } = storage;
    if (usedBytes === null || !totalBytes) return;
    const share = usedBytes / totalBytes;
    if (share < ROOM_SHARE) this.options.alerts.resolve('disk-nearly-full', object);
    if (share < FULL_SHARE) return;
    const freeGb = Math.max(0, (totalBytes - usedBytes) / BYTES_PER_GB).toFixed(1);
    this.options.alerts.raise(
      'disk-nearly-full',
      object,
      `The disk of ${storage.name} is ${Math.floor(share * 100)} % full, ${freeGb} GB are free. Recording ends when it is full.`,
      { usedBytes, totalBytes },
    );
  }
}
