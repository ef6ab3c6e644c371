import type { Stream } from '../../../src-shared/model/node-json.ts';
import type { Clock } from '../base/clock.ts';

/** A node that has answered lists the session within two polls, or the session did not last. */
export const UNSEEN_MS = 15_000;

/** `relay`: media come from another node and are there already. */
type Kind = 'publish' | 'play' | 'relay';

interface Entry {
  readonly kind: Kind;
  readonly stream: string;
  /** Null while the node has not answered. */
  confirmed: { readonly session: string | null; readonly untilMs: number } | null;
  /** Of another manager: how long the place counts at most. */
  readonly foreignUntilMs: number | null;
}

/** A place taken for a session that no node lists yet. */
export interface Reservation {
  /** The node made the session; the place is kept until the node lists it, for 15 s at most. */
  confirm(session: string): void;
  /** There is no such session. */
  release(): void;
}

/** A place that another manager has taken. */
export interface ForeignPlace {
  readonly kind: 'publish' | 'play';
  readonly alias: string;
  /** Null while the node has not answered. */
  readonly session: string | null;
  /** How long it counts from now on. */
  readonly leftMs: number;
}

/** Sessions on their way: those asked for, and those that nodes made but do not list so far. */
export class PendingSessions {
  readonly #byAlias = new Map<string, Set<Entry>>();
  readonly #listeners = new Set<(stream: string, session: string) => void>();

  constructor(private readonly clock: Clock) {}

  reserve(kind: 'publish' | 'play', alias: string, stream: string): Reservation {
    const entry: Entry = { kind, stream, confirmed: null, foreignUntilMs: null };
    this.#entries(alias).add(entry);
    return {
      confirm: (session) => {
        entry.confirmed = { session, untilMs: this.clock.nowMs() + UNSEEN_MS };
      },
      release: () => this.#drop(alias, entry),
    };
  }

  /** A relay brings the stream to this node from now on. */
  noteRelay(alias: string, stream: string): void {
    const confirmed = { session: null, untilMs: this.clock.nowMs() + UNSEEN_MS };
    this.#entries(alias).add({ kind: 'relay', stream, confirmed, foreignUntilMs: null });
  }

  /** The node has just said that nobody publishes the stream there. */
  forgetRelay(alias: string, stream: string): void {
    for (const entry of this.#byAlias.get(alias) ?? []) {
      if (entry.kind === 'relay' && entry.stream === stream) this.#drop(alias, entry);
    }
  }

  /** What other managers have taken for the stream, instead of what was known of that before. */
  noteForeign(stream: string, places: readonly ForeignPlace[]): void {
    for (const [alias, entries] of this.#byAlias) {
      for (const entry of entries) {
        if (entry.stream === stream && entry.foreignUntilMs !== null) this.#drop(alias, entry);
      }
    }
    const nowMs = this.clock.nowMs();
    for (const { alias, kind, leftMs, session } of places) {
      const untilMs = nowMs + leftMs;
      const confirmed = session === null ? null : { session, untilMs };
      this.#entries(alias).add({ kind, stream, confirmed, foreignUntilMs: untilMs });
    }
  }

  /**
   * Whose place for the stream is taken without an answer of the node so far: its node may list the session already,
   * so that it counts twice, or refuse it.
   */
  unanswered(stream: string): 'nobody' | 'own' | 'foreign' {
    const nowMs = this.clock.nowMs();
    let isOwn = false;
    for (const entries of this.#byAlias.values()) {
      for (const entry of entries) {
        if (entry.stream !== stream || entry.confirmed) continue;
        if (entry.foreignUntilMs === null) isOwn = true;
        else if (nowMs <= entry.foreignUntilMs) return 'foreign';
      }
    }
    return isOwn ? 'own' : 'nobody';
  }

  /** Where a session is that was made a moment ago, or null. */
  find(stream: string, session: string): { alias: string; kind: 'publish' | 'play' } | null {
    for (const [alias, entries] of this.#byAlias) {
      for (const entry of entries) {
        const { confirmed, kind } = entry;
        if (kind !== 'relay' && entry.stream === stream && confirmed?.session === session)
          return { alias, kind };
      }
    }
    return null;
  }

  /** The session has ended. */
  forget(stream: string, session: string): void {
    for (const [alias, entries] of this.#byAlias) {
      for (const entry of entries) {
        if (entry.stream === stream && entry.confirmed?.session === session) this.#drop(alias, entry);
      }
    }
    for (const listener of this.#listeners) listener(stream, session);
  }

  /** Calls `listener` with each session that has ended. */
  onDidForget(listener: (stream: string, session: string) => void): void {
    this.#listeners.add(listener);
  }

  /**
   * What is to be added to what a node lists: of one stream, or of all (null).
   *
   * `listed` are the node's streams as last seen; what has appeared there is forgotten here.
   */
  count(alias: string, stream: string | null, listed: readonly Stream[]): Record<Kind, number> {
    const counts = { publish: 0, play: 0, relay: 0 };
    for (const entry of this.#byAlias.get(alias) ?? []) {
      if (stream !== null && entry.stream !== stream) continue;
      if (this.#isOver(entry, listed)) this.#drop(alias, entry);
      else counts[entry.kind]++;
    }
    return counts;
  }

  #isOver({ confirmed, foreignUntilMs, kind, stream }: Entry, listed: readonly Stream[]): boolean {
    const nowMs = this.clock.nowMs();
    if (foreignUntilMs !== null && nowMs > foreignUntilMs) return true;
    if (!confirmed) return false;
    if (nowMs > confirmed.untilMs) return true;
    const copy = listed.find((candidate) => candidate.id === stream);
    if (!copy) return false;
    if (kind === 'relay') return copy.publish.sessions.some(({ state }) => state === 'connected');
    const { sessions } = kind === 'publish' ? copy.publish : copy.subscribe;
    return sessions.some(({ id }) => id === confirmed.session);
  }

  #entries(alias: string): Set<Entry> {
    const entries = this.#byAlias.get(alias) ?? new Set();
    this.#byAlias.set(alias, entries);
    return entries;
  }

  #drop(alias: string, entry: Entry): void {
    const entries = this.#byAlias.get(alias);
    entries?.delete(entry);
    if (entries?.size === 0) this.#byAlias.delete(alias);
  }
}
