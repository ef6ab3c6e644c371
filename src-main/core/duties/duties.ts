import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { errorCode, errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { LinkSession, LinkTask } from '../peers/database-link.ts';
import type { ManagerIdentity } from '../peers/manager-identity.ts';
import { claim, endHungHolders, HOLD_MS, release, renew, tryLocks, unlock } from './duty-rows.ts';
import type { DutyWorker } from './duty-worker.ts';

export interface DutiesOptions {
  readonly identity: ManagerIdentity;
  /** False while this manager must not work for others (its schema is outdated). */
  readonly mayWork: () => boolean;
  /**
   * Whether no other manager was there when the connection was last well. Then nobody takes over while the database
   * is away, and the work goes on: recordings are to be started meanwhile, too.
   */
  readonly isAlone: () => boolean;
  /** Ends the connection: locks that cannot be trusted any more go with it. */
  readonly dropLink: (reason: string) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Duty {
  readonly name: string;
  readonly worker: DutyWorker;
  /**
   * `locked`: nobody else can have it, but the one before may still be at work; `kept`: at work without the lock,
   * which went with the connection.
   */
  state: 'free' | 'locked' | 'held' | 'kept';
  /** Resolves when the worker has begun or ended what it was last told. */
  settled: Promise<unknown>;
  isStopping: boolean;
}

/** Work that must not wait for a worker that does not stop. */
const STOP_LIMIT_MS = 2 * MS_PER_SECOND;

/**
 * Work that one manager does for all on the database. Each duty is an advisory lock of the link's connection.
 *
 * Who loses the connection, or cannot renew in time, stops its work before anybody else begins it: see
 * `duty-rows.ts` for the times. Only where nobody else is there the work goes on without the database.
 */
export class Duties implements LinkTask {
  readonly #duties = new Map<string, Duty>();
  readonly #listeners = new Set<() => void>();
  #deadline: NodeJS.Timeout | undefined;
  #mayEndOthers = true;

  constructor(private readonly options: DutiesOptions) {}

  /** Adds a duty; the worker is started and stopped from here only. */
  add(name: string, worker: DutyWorker): void {
    this.#duties.set(name, { name, worker, state: 'free', settled: Promise.resolve(), isStopping: false });
  }

  /** Whether this manager does that work now. */
  isHeld(name: string): boolean {
    const state = this.#duties.get(name)?.state;
    return state === 'held' || state === 'kept';
  }

  /** Called when duties were taken or laid down. */
  onDidChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  async onBeat({ client }: LinkSession): Promise<void> {
    await this.#renew(client);
    if (!this.options.mayWork()) return this.#giveBackAll(client);
    await this.#take(client);
  }

  async onLoss(): Promise<void> {
    clearTimeout(this.#deadline);
    await this.#endAll('the database is away');
  }

  async onLeave({ client }: LinkSession): Promise<void> {
    await this.#giveBackAll(client);
  }

  async #renew(client: LinkSession['client']): Promise<void> {
    const held = this.#in('held');
    if (held.length === 0) return;
    const sentMs = this.options.clock.monotonicMs();
    const kept = new Set(await renew(client, held.map(nameOf), this.options.identity));
    // Counted from before the call: by the clock of the database the renewal was later.
    this.#holdUntil(sentMs + HOLD_MS);
    for (const duty of held) {
      if (kept.has(duty.name)) continue;
      await this.#layDown(duty, 'another manager has it');
      await unlock(client, duty.name);
    }
  }

  async #take(client: LinkSession['client']): Promise<void> {
    const { identity, logger } = this.options;
    await this.#takeBack(client);
    const free = this.#in('free').filter(({ isStopping }) => !isStopping);
    if (free.length > 0) {
      const locked = await this.#lock(client, free);
      for (const duty of locked) duty.state = 'locked';
    }
    const locked = this.#in('locked');
    if (locked.length === 0) return;
    const sentMs = this.options.clock.monotonicMs();
    const ours = new Set(await claim(client, locked.map(nameOf), identity));
    if (ours.size === 0) return;
    this.#holdUntil(sentMs + HOLD_MS);
    for (const duty of locked) if (ours.has(duty.name)) this.#begin(duty);
    logger.info({ duties: [...ours] }, 'Takes duties of the cluster');
    this.#tell();
  }

  /** Gets the locks of work that went on, or ends it where somebody else has taken it over. */
  async #takeBack(client: LinkSession['client']): Promise<void> {
    const kept = this.#in('kept');
    if (kept.length === 0) return;
    const names = await tryLocks(client, kept.map(nameOf));
    const sentMs = this.options.clock.monotonicMs();
    const ours = new Set(names.length > 0 ? await claim(client, names, this.options.identity) : []);
    if (ours.size > 0) this.#holdUntil(sentMs + HOLD_MS);
    for (const duty of kept) {
      if (ours.has(duty.name)) duty.state = 'held';
      else await this.#layDown(duty, 'another manager has it');
    }
    for (const name of names) if (!ours.has(name)) await unlock(client, name);
  }

  async #lock(client: LinkSession['client'], free: readonly Duty[]): Promise<Duty[]> {
    const names = new Set(await tryLocks(client, free.map(nameOf)));
    const others = free.filter(({ name }) => !names.has(name)).map(nameOf);
    if (others.length > 0 && (await this.#endHung(client, others))) {
      for (const name of await tryLocks(client, others)) names.add(name);
    }
    return free.filter(({ name }) => names.has(name));
  }

  async #endHung(client: LinkSession['client'], names: readonly string[]): Promise<boolean> {
    if (!this.#mayEndOthers) return false;
    const { clock, logger } = this.options;
    try {
      const endedCount = await endHungHolders(client, names);
      if (endedCount === 0) return false;
      logger.warn({ duties: names }, 'A manager hangs; its connection is ended so that its duties are free');
      await clock.sleep(100);
      return true;
    } catch (error) {
      if (errorCode(error) !== '42501') throw error;
      this.#mayEndOthers = false;
      logger.warn(
        { reason: errorMessage(error) },
        'Managers that hang cannot be ended by this database user',
      );
      return false;
    }
  }

  #begin(duty: Duty): void {
    duty.state = 'held';
    duty.settled = Promise.resolve(duty.worker.start()).catch((error: unknown) => {
      this.options.logger.error({ err: error, duty: duty.name }, 'A duty could not be begun');
    });
  }

  /** Stops all work and tells that it has stopped. */
  async #giveBackAll(client: LinkSession['client']): Promise<void> {
    let turn = Promise.resolve();
    const giveBack = async (duty: Duty) => {
      const limit = this.options.clock.sleep(STOP_LIMIT_MS).then(() => false);
      const isDone = await Promise.race([this.#layDown(duty, 'given back').then(() => true), limit]);
      // One after the other, as they share a connection; each as soon as it has stopped.
      turn = turn.then(async () => {
        // One that does not stop in time is waited for as if it had crashed.
        if (isDone) await release(client, duty.name, this.options.identity);
        await unlock(client, duty.name);
      });
      await turn;
    };
    await Promise.all(this.#in('held').map(giveBack));
    for (const duty of this.#in('locked')) {
      duty.state = 'free';
      await unlock(client, duty.name);
    }
  }

  /** The locks are gone, or about to go. */
  async #endAll(reason: string): Promise<void> {
    if (this.options.isAlone()) {
      for (const duty of this.#in('held')) duty.state = 'kept';
    }
    const lost = [...this.#duties.values()].filter(({ state }) => state !== 'kept');
    const stopping = lost.map((duty) => this.#layDown(duty, reason));
    await Promise.race([Promise.all(stopping), this.options.clock.sleep(STOP_LIMIT_MS)]);
  }

  /** Resolves when the work has stopped. */
  async #layDown(duty: Duty, reason: string): Promise<void> {
    const wasHeld = duty.state === 'held' || duty.state === 'kept';
    duty.state = 'free';
    if (!wasHeld) return;
    this.options.logger.info({ duty: duty.name, reason }, 'Lays down a duty of the cluster');
    duty.isStopping = true;
    // Not after its start has resolved: that may wait for a database that is away.
    const stopped = duty.worker.stop();
    duty.settled = Promise.allSettled([duty.settled, stopped]).then(() => {
      duty.isStopping = false;
    });
    this.#tell();
    await stopped.catch((error: unknown) => {
      this.options.logger.error({ err: error, duty: duty.name }, 'A duty was not ended in order');
    });
  }

  /** Stops all work unless it is called again before `atMs`, monotonic. */
  #holdUntil(atMs: number): void {
    clearTimeout(this.#deadline);
    const onLate = () => {
      const reason = 'it could not be renewed in time';
      this.options.dropLink(reason);
      // The link may still wait for an answer; the work ends now.
      void this.#endAll(reason);
    };
    this.#deadline = setTimeout(onLate, Math.max(0, atMs - this.options.clock.monotonicMs()));
  }

  #in(state: Duty['state']): Duty[] {
    return [...this.#duties.values()].filter((duty) => duty.state === state);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function nameOf({ name }: Duty): string {
  return name;
}
