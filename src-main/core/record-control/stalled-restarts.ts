import { MS_PER_MINUTE, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { relayKey } from '../cascade/relay-links.ts';

interface Tries {
  count: number;
  lastMs: number;
}

/** A new recording needs time to show what it does. */
const PAUSE_MS = 15 * MS_PER_SECOND;
/** Who recorded this long after a restart begins to count anew. */
const FORGOTTEN_AFTER_MS = 10 * MS_PER_MINUTE;

/** How often stalled recordings were stopped and started again by this program. Times are monotonic. */
export class StalledRestarts {
  readonly #tries = new Map<string, Tries>();

  /** `maxTries` 0: never. */
  constructor(private readonly maxTries: number) {}

  /** Whether a stalled recording is to be restarted now; it counts as done then. */
  take(alias: string, stream: string, nowMs: number): boolean {
    const key = relayKey(alias, stream);
    const known = this.#tries.get(key);
    const tries = known && nowMs - known.lastMs < FORGOTTEN_AFTER_MS ? known : null;
    if ((tries?.count ?? 0) >= this.maxTries) {
      // A recording that stays stalled is not tried again only because time goes by.
      if (tries) tries.lastMs = nowMs;
      return false;
    }
    if (tries && nowMs - tries.lastMs < PAUSE_MS) return false;
    this.#tries.set(key, { count: (tries?.count ?? 0) + 1, lastMs: nowMs });
    return true;
  }

  /** Whether it was restarted and nothing was recorded since; `lastSegmentMs` null: never. */
  isAwaited(alias: string, stream: string, lastSegmentMs: number | null): boolean {
    const tries = this.#tries.get(relayKey(alias, stream));
    return tries !== undefined && (lastSegmentMs === null || lastSegmentMs < tries.lastMs);
  }

  /** What was done, as a sentence; empty where nothing was. */
  wordsOf(alias: string, stream: string): string {
    const count = this.#tries.get(relayKey(alias, stream))?.count ?? 0;
    if (count === 0) return '';
    const times = count === 1 ? 'once' : `${count} times`;
    const end = count >= this.maxTries ? ', which is as often as it may be' : '';
    return `It was stopped and started again by itself ${times}${end}.`;
  }

  /** The stream is gone from the node, or nobody publishes it. */
  forget(alias: string, stream: string): void {
    this.#tries.delete(relayKey(alias, stream));
  }

  /** Forgets what is long ago. */
  clean(nowMs: number): void {
    for (const [key, { lastMs }] of this.#tries) {
      if (nowMs - lastMs >= FORGOTTEN_AFTER_MS) this.#tries.delete(key);
    }
  }
}
