import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** So often a run asks all storages for a recording that lies nobody knows where, while one of them is away. */
const MAX_UNPLACED = 8;

/** The storages that a run found away: each is asked once, and what lies in the others goes all the same. */
export class AwayStorages {
  readonly #reasons = new Map<string, AppError>();
  #unplacedCount = 0;

  constructor(private readonly logger: Logger) {}

  /** In words; null where every storage answered. */
  get problem(): string | null {
    const messages = new Set([...this.#reasons.values()].map(({ message }) => message));
    return messages.size === 0 ? null : [...messages].join(' ');
  }

  /** Throws storage_unavailable where these were found away before. */
  demand(stores: readonly ObjectStore[]): void {
    const known = stores.length === 0 ? undefined : this.#reasons.get(keyOf(stores));
    if (known) throw known;
  }

  /** Notes that these storages are away; none of them where it is not known which. Throws every other error again. */
  note(stores: readonly ObjectStore[], error: unknown): void {
    if (!(error instanceof AppError && error.code === 'storage_unavailable')) throw error;
    if (stores.length === 0) this.#unplacedCount += 1;
    if (this.#unplacedCount > MAX_UNPLACED) throw error;
    const key = keyOf(stores);
    if (!this.#reasons.has(key))
      this.logger.warn({ reason: error.message }, 'retention passes a storage over');
    this.#reasons.set(key, error);
  }
}

function keyOf(stores: readonly ObjectStore[]): string {
  return stores.map(({ name }) => name).join('\n');
}
