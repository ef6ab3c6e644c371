import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { orAbort, settlesWithin, timeLimit } from '../base/abort.ts';
import { errorMessage } from '../base/errors.ts';
import { KeyedMutex } from '../base/keyed-mutex.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import { CascadeRows, type OwnCascade } from './cascade-rows.ts';

/** Longer than a healthy database ever takes; viewers wait meanwhile. */
const ASKED_MS = MS_PER_SECOND;

/**
 * The relays of this program: in memory for every decision, in the database for the next start.
 *
 * A database that is away keeps nobody from watching: what could not be written is written later.
 */
export class CascadeBook {
  readonly #rows: CascadeRows;
  readonly #known = new Map<string, OwnCascade>();
  readonly #unsaved = new Set<string>();
  /** By id: what is written late shall not undo what came after it. */
  readonly #writes = new KeyedMutex();

  constructor(
    database: Database,
    private readonly logger: Logger,
  ) {
    this.#rows = new CascadeRows(database);
  }

  /** Takes over what is written, except where something of ours is still to be. Throws `database_unavailable`. */
  async load(): Promise<void> {
    const before = new Set(this.#known.keys());
    const written = await this.#rows.list();
    const ids = new Set(written.map(({ id }) => id));
    // One that was put while the rows were read is kept: it is newer than they are.
    for (const id of before) if (!ids.has(id) && !this.#unsaved.has(id)) this.#known.delete(id);
    for (const cascade of written) {
      if (!this.#unsaved.has(cascade.id)) this.#known.set(cascade.id, cascade);
    }
  }

  list(): OwnCascade[] {
    return [...this.#known.values()];
  }

  get(id: string): OwnCascade | undefined {
    return this.#known.get(id);
  }

  find(stream: string, target: string): OwnCascade | undefined {
    return this.list().find((each) => each.stream === stream && each.target === target);
  }

  /**
   * Takes a new relay down before it is made. False where another manager has made or is just making one of the
   * stream, which is known here then; a database that is away leaves everybody to himself.
   */
  async claim(cascade: OwnCascade, isOthersWork: (other: OwnCascade) => boolean): Promise<boolean> {
    const isInTheWay = (other: OwnCascade) =>
      other.state === 'starting' ? isOthersWork(other) : !this.#known.has(other.id);
    const limit = timeLimit(ASKED_MS);
    try {
      const claiming = this.#writes.run(cascade.id, null, () => this.#rows.claim(cascade, isInTheWay));
      if (await orAbort(claiming, limit.signal)) {
        this.#take(cascade);
        return true;
      }
      await orAbort(this.load(), limit.signal);
      return false;
    } catch (error) {
      this.logger.warn({ reason: errorMessage(error) }, 'A relay is made without asking other managers');
      await this.put(cascade);
      return true;
    } finally {
      limit.release();
    }
  }

  /** A database that hangs is not waited for: it is written behind then. */
  async put(cascade: OwnCascade): Promise<void> {
    this.#take(cascade);
    await settlesWithin(this.#save(cascade.id), ASKED_MS);
  }

  async drop(id: string): Promise<void> {
    this.#known.delete(id);
    await settlesWithin(this.#save(id), ASKED_MS);
  }

  async saveUnsaved(): Promise<void> {
    for (const id of [...this.#unsaved]) await this.#save(id);
  }

  #take(cascade: OwnCascade): void {
    for (const other of this.list()) {
      if (other.stream === cascade.stream && other.target === cascade.target) this.#known.delete(other.id);
    }
    this.#known.set(cascade.id, cascade);
  }

  #save(id: string): Promise<void> {
    this.#unsaved.add(id);
    return this.#writes.run(id, null, () => this.#write(id));
  }

  async #write(id: string): Promise<void> {
    const cascade = this.#known.get(id);
    try {
      if (cascade) await this.#rows.save(cascade);
      else await this.#rows.remove(id);
      if (this.#known.get(id) === cascade) this.#unsaved.delete(id);
    } catch (error) {
      this.logger.warn(
        { reason: errorMessage(error) },
        'The record of a relay cannot be written now; it is tried again',
      );
    }
  }
}
