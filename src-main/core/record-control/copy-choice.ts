import { isOpenSession } from '../../../src-shared/util/session-state.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { timeLimit } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { ClusterReader } from '../cascade/cluster-reader.ts';
import { relayKey } from '../cascade/relay-links.ts';
import { awaitNodes } from '../nodes/await-nodes.ts';
import { isUsable } from '../nodes/node-health.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';
import type { NodeAbility } from './node-ability.ts';
import type { PublisherPulse } from './publisher-pulse.ts';
import type { Recordable, Recordables } from './recordables.ts';
import { whyNotNow } from './recorder-view.ts';

/** Asks nodes for a stream between two polls; the cluster knows what they answer before it resolves. */
export interface StreamLook {
  /** Asks every node that answers for a stream that none has listed. Whether one has it. */
  find(stream: string, signal: AbortSignal): Promise<boolean>;
  /** Asks one node. Whether it has the stream. */
  refresh(alias: string, stream: string, signal: AbortSignal): Promise<boolean>;
}

export interface CopyChoiceOptions {
  readonly cluster: ClusterReader;
  readonly recordables: Recordables;
  readonly pulse: PublisherPulse;
  readonly ability: NodeAbility;
  readonly clock: Clock;
  /** Without it only what was polled is known. */
  readonly look?: StreamLook | undefined;
}

/** A publisher is connected, its codecs are known and its bytes are counted within this time, or something is wrong. */
const BEGINNING_MS = 6 * MS_PER_SECOND;
const LOOK_EVERY_MS = 400;
const MEETING_MS = 2 * MS_PER_SECOND;

/** Chooses which node's copy of a stream is recorded; waits for one that is just beginning. */
export class CopyChoice {
  constructor(private readonly options: CopyChoiceOptions) {}

  /** The copies of a stream on nodes that answer (or on that of `alias`). Throws `not_found` for an unknown node. */
  copies(stream: string, alias: string | undefined): Recordable[] {
    if (alias !== undefined && !this.options.cluster.snapshot(alias)) {
      throw new AppError('not_found', `There is no node ${alias}.`);
    }
    return this.options.recordables.list(alias, stream);
  }

  /** The same, after asking the nodes where none was polled with it. */
  async find(stream: string, alias: string | undefined, signal: AbortSignal): Promise<Recordable[]> {
    const known = this.copies(stream, alias);
    const { look } = this.options;
    if (known.length > 0 || !look) return known;
    await (alias === undefined ? look.find(stream, signal) : look.refresh(alias, stream, signal));
    await this.#meetHolders(stream, alias, signal);
    return this.copies(stream, alias);
  }

  /**
   * The copy to record: where media come, rather from the publisher than from a relay. Where they are about to come,
   * it is asked again for up to 6 s.
   *
   * Throws `not_found` for an unknown node, `no_available_node` where no node has the stream, `conflict` with the reason
   * why it cannot be recorded now.
   */
  async choose(stream: string, alias: string | undefined, signal: AbortSignal): Promise<Recordable> {
    const { clock, look } = this.options;
    const untilMs = clock.monotonicMs() + BEGINNING_MS;
    let copies = await this.find(stream, alias, signal);
    for (;;) {
      const chosen = this.#best(copies);
      if (!chosen) {
        const where = JSON.stringify(stream);
        throw new AppError(
          'no_available_node',
          `no available node: no node that answers has the stream ${where}.`,
        );
      }
      const why = whyNotNow(chosen, this.options.ability, this.options.pulse);
      if (why === null) return chosen;
      if (!look || !this.#isBeginning(chosen) || clock.monotonicMs() >= untilMs) {
        throw new AppError('conflict', `${chosen.state.alias}: ${why}`);
      }
      await clock.sleep(LOOK_EVERY_MS, signal);
      signal.throwIfAborted();
      await look.refresh(chosen.state.alias, stream, signal);
      copies = this.copies(stream, alias);
    }
  }

  /** Why it cannot be recorded now, in words; null where it can, also after a short wait. */
  whyNot(each: Recordable): string | null {
    const why = whyNotNow(each, this.options.ability, this.options.pulse);
    return this.options.look && this.#isBeginning(each) ? null : why;
  }

  /** Nothing can be said of the recordings of a node before its generation is known: just after the start, 2 s at most. */
  async #meetHolders(stream: string, alias: string | undefined, signal: AbortSignal): Promise<void> {
    const { clock, cluster } = this.options;
    const isHolder = ({ health, identity, node, streams }: NodeSnapshot) =>
      identity === null &&
      isUsable(health.state) &&
      (alias === undefined || node.alias === alias) &&
      streams.some(({ id }) => id === stream);
    const limit = timeLimit(MEETING_MS, signal);
    await awaitNodes(() => cluster.snapshots(), isHolder, clock, limit.signal);
    limit.release();
    signal.throwIfAborted();
  }

  #best(copies: readonly Recordable[]): Recordable | undefined {
    const relays = this.options.recordables.relays();
    const isOrigin = ({ state }: Recordable) => !relays.has(relayKey(state.alias, state.stream));
    const canStart = copies.filter((each) => each.sight.canStart);
    return (
      canStart.find(isOrigin) ?? canStart[0] ?? copies.find((each) => this.#isBeginning(each)) ?? copies[0]
    );
  }

  /** Whether somebody has just begun to publish it to a node that can record. */
  #isBeginning(each: Recordable): boolean {
    const { ability, clock, pulse } = this.options;
    if (ability.whyNot(each.snapshot) !== null) return false;
    const publisher = each.stream.publish.sessions.find(isOpenSession);
    if (publisher?.state === 'new' || publisher?.state === 'connecting') return true;
    const seen = pulse.of(each.state.alias, each.stream.id);
    return seen !== null && clock.monotonicMs() - seen.seenMs < BEGINNING_MS;
  }
}
