import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Config } from '../config/config-schema.ts';
import { ABSENT, type SecretReading } from '../config/secret-reading.ts';
import { isFromStart, isNeededSecret, whyUnreadable } from '../config/secret-references.ts';
import { type NamedSecret, type OpenedConfig, readAll } from './open-config.ts';
import type { SecretKeeper, SecretKeeperState } from './secret-keeper.ts';

/** What is wrong with secrets, each in words with the remedy; null when nothing is. */
export interface SecretTrouble {
  /** The keychain or the sealed file is locked, missing or fails: what is in it cannot be read now. */
  readonly store: string | null;
  /** It can be read, and secrets that the settings name are not there or are no good. */
  readonly missing: string | null;
  /** Secrets and settings that were changed and count from the next start only. */
  readonly restart: string | null;
}

export interface FollowedSecretsOptions {
  readonly opened: Pick<OpenedConfig, 'named' | 'withSecrets' | 'findChange'> & {
    readonly secrets: Pick<SecretKeeper, 'get' | 'state' | 'onDidChange'>;
  };
  readonly clock: Clock;
  readonly logger: Logger;
}

const LOOK_EVERY_MS = 10 * MS_PER_SECOND;
const FINE: SecretTrouble = { store: null, missing: null, restart: null };

/**
 * The secrets that liveman.toml names, as they are now: read again every 10 s, and at once after a change in the window.
 * Who uses them is given the settings with the new ones. One that was read goes on to count while the keychain is locked,
 * and what guards the endpoint also when it was deleted; `database.url` and `proxy.url` count from the next start.
 */
export class FollowedSecrets implements Closeable {
  readonly #stop = new AbortController();
  readonly #listeners = new Set<(config: Config) => void | Promise<void>>();
  #wake = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  /** As they count now. */
  #known: ReadonlyMap<string, SecretReading>;
  #trouble = FINE;
  #unusable: string | null = null;

  constructor(private readonly options: FollowedSecretsOptions) {
    this.#known = new Map(options.opened.named.map(({ name, reading = ABSENT }) => [name, reading]));
  }

  get trouble(): SecretTrouble {
    return this.#trouble;
  }

  /** Calls `listener` with the settings each time that secrets in them are others; it throws what makes them unusable. */
  onDidChange(listener: (config: Config) => void | Promise<void>): void {
    this.#listeners.add(listener);
  }

  start(): void {
    this.options.opened.secrets.onDidChange(() => this.#wake.abort());
    this.#loop = this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake.abort();
    await this.#loop;
  }

  /** Reads all of them once. */
  async look(): Promise<void> {
    const { named, secrets } = this.options.opened;
    const names = named.flatMap(({ kind, name }) => (kind === 'keychain' ? [name] : []));
    const readings = await readAll(secrets, new Set(names));
    const problem = await secrets.state().then(problemOf, errorMessage);
    await this.#apply(readings);
    this.#trouble = {
      store: problem && problem + this.#waitingWords(),
      missing: this.#missingWords(readings),
      restart: joined([restartWords(named, readings), await this.options.opened.findChange()]),
    };
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.options;
    while (!this.#stop.signal.aborted) {
      this.#wake = new AbortController();
      const before = this.#trouble;
      await this.look().catch((error: unknown) => {
        logger.warn({ reason: errorMessage(error) }, 'Secrets are read again later');
      });
      this.#logChange(before, this.#trouble);
      await clock.sleep(LOOK_EVERY_MS, this.#wake.signal);
    }
  }

  #logChange(before: SecretTrouble, now: SecretTrouble): void {
    const { logger } = this.options;
    for (const key of ['store', 'missing', 'restart'] as const) {
      const words = now[key];
      if (words === before[key]) continue;
      if (words === null) logger.info({ was: before[key] }, 'Secrets and settings are right again');
      else logger.warn({}, words);
    }
  }

  /** Gives the settings out where a secret is another one now. */
  async #apply(readings: ReadonlyMap<string, SecretReading>): Promise<void> {
    const { named, withSecrets } = this.options.opened;
    const needed = new Set(named.flatMap(({ name, path }) => (isNeededSecret(path) ? [name] : [])));
    const before = this.#known;
    this.#known = new Map(
      [...readings].map(([name, reading]) => {
        const known = before.get(name);
        const isLost = known?.kind === 'found' && reading.kind !== 'found';
        return [name, isLost && (reading.kind !== 'absent' || needed.has(name)) ? known : reading];
      }),
    );
    if ([...this.#known].every(([name, reading]) => isSame(reading, before.get(name)))) return;
    try {
      const { config } = withSecrets((name) => this.#known.get(name) ?? ABSENT);
      this.#unusable = null;
      for (const listener of this.#listeners) await listener(config);
    } catch (error) {
      this.#known = before;
      this.#unusable = `${errorMessage(error)} What was read before is used on.`;
    }
  }

  #waitingWords(): string {
    const waiting = this.options.opened.named.filter(({ name }) => {
      const kind = this.#known.get(name)?.kind;
      return kind === 'locked' || kind === 'unavailable';
    });
    if (waiting.length === 0) return '';
    return ` Until then these wait: ${waiting.map(({ path }) => path).join(', ')}.`;
  }

  #missingWords(readings: ReadonlyMap<string, SecretReading>): string | null {
    const missing = this.options.opened.named.flatMap((secret) => {
      const isMissing = secret.kind === 'keychain' && readings.get(secret.name)?.kind === 'absent';
      if (!isMissing) return [];
      const until = isNeededSecret(secret.path)
        ? ' Until the next start, which needs it, the one before counts.'
        : '';
      return [`${secret.path}: ${whyUnreadable(secret, ABSENT)}${until}`];
    });
    const all = this.#unusable === null ? missing : [...missing, this.#unusable];
    return all.length === 0 ? null : `The settings name secrets that cannot be used. ${all.join(' ')}`;
  }
}

function problemOf({ kind, noKeychain, problem }: SecretKeeperState): string | null {
  if (problem === null || kind !== 'keychain' || noKeychain === null) return problem;
  return `${problem} Start Liveman in the desktop session that has it, or set secrets.store = "file" and store the secrets there.`;
}

function isSame(a: SecretReading, b: SecretReading | undefined): boolean {
  return a.kind === b?.kind && (a.kind !== 'found' || b.kind !== 'found' || a.value === b.value);
}

function joined(sentences: readonly (string | null)[]): string | null {
  return sentences.filter((sentence) => sentence !== null).join(' ') || null;
}

function restartWords(
  named: readonly NamedSecret[],
  readings: ReadonlyMap<string, SecretReading>,
): string | null {
  const changed = named.filter(({ name, path, reading }) => {
    const now = readings.get(name);
    return isFromStart(path) && now?.kind === 'found' && reading && !isSame(now, reading);
  });
  if (changed.length === 0) return null;
  const places = changed.map(({ path }) => path).join(', ');
  return `The secrets of ${places} were changed; they count from the next start. Start Liveman again.`;
}
