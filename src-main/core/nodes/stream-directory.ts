import type { Stream } from '../../../src-shared/model/node-json.ts';
import { relayEndsOf } from '../../../src-shared/util/relay-ends.ts';
import { mergeStream } from './merge-streams.ts';
import { hasLivePublisher, publishedBps, pulledFrom } from './stream-load.ts';
import type { StreamCopy } from './views.ts';

/** What a node says, or said last. */
interface NodeWord {
  readonly streams: readonly Stream[];
  /** It does not answer, and this is its last word. */
  readonly isStale: boolean;
  /** Ids of those whose publisher sends nothing; the same object while nothing changes. */
  readonly silent: ReadonlySet<string>;
}

interface Entry {
  /** By alias, in the order of aliases. */
  copies: StreamCopy[];
  merged: Stream | null | undefined;
  text: string | undefined;
  /** Bits per second that its publishers sent lately, oldest first. */
  readonly bitratesBps: number[];
  /** When the last of them was noted. */
  bitrateMs: number;
}

/** The window shows as many. */
const BITRATES_KEPT = 40;
/** A stream on several nodes changes with each of them. */
const BITRATE_EVERY_MS = 1500;

const COMMA = 0x2c;

/**
 * All streams of the cluster by id, kept up to date node by node.
 *
 * Only what changed is merged again, and only when somebody reads it: a poll of one node costs what its own streams
 * cost, however many nodes there are.
 */
export class StreamDirectory {
  readonly #entries = new Map<string, Entry>();
  readonly #byNode = new Map<string, NodeWord>();
  /** By alias. */
  readonly #pulledCounts = new Map<string, number>();
  #sortedIds: string[] | null = null;
  #version = 0;

  /** Changes with every change of a stream. */
  get version(): number {
    return this.#version;
  }

  /**
   * Takes over what a node says now. `nowMs` is monotonic.
   */
  setNode(alias: string, { isStale, silent, streams }: NodeWord, nowMs: number): void {
    const before = this.#byNode.get(alias);
    if (before?.streams === streams && before.isStale === isStale && before.silent === silent) return;
    const kept = new Set(streams.map((stream) => stream.id));
    for (const { id } of before?.streams ?? []) if (!kept.has(id)) this.#removeCopy(id, alias);
    for (const stream of streams) {
      this.#setCopy(stream.id, { alias, isStale, isSilent: silent.has(stream.id), stream });
      this.#noteBitrate(stream.id, nowMs);
    }
    this.#byNode.set(alias, { streams, isStale, silent });
  }

  removeNode(alias: string): void {
    for (const { id } of this.#byNode.get(alias)?.streams ?? []) this.#removeCopy(id, alias);
    this.#byNode.delete(alias);
  }

  /** Sorted by code unit; not to be changed. */
  ids(): readonly string[] {
    this.#sortedIds ??= [...this.#entries.keys()].sort();
    return this.#sortedIds;
  }

  /** What each node says of a stream, by alias; the array is another one after each change. */
  copies(id: string): readonly StreamCopy[] {
    return this.#entries.get(id)?.copies ?? [];
  }

  /** Bits per second that the publishers of a stream sent lately, oldest first; not to be changed. */
  bitratesBps(id: string): readonly number[] {
    return this.#entries.get(id)?.bitratesBps ?? [];
  }

  /** How many viewers on a node are other nodes which pull from it. */
  pulledCount(alias: string): number {
    return this.#pulledCounts.get(alias) ?? 0;
  }

  /** How many streams have a publisher that sends, on a node that answers. */
  liveCount(): number {
    let count = 0;
    for (const { copies } of this.#entries.values()) {
      if (copies.some((copy) => !copy.isStale && hasLivePublisher(copy))) count += 1;
    }
    return count;
  }

  /** The stream merged over the nodes that answer; null when none of them has it. */
  merged(id: string): Stream | null {
    const entry = this.#entries.get(id);
    if (!entry) return null;
    if (entry.merged === undefined) {
      const live = entry.copies.filter((copy) => !copy.isStale).map((copy) => copy.stream);
      entry.merged = live.length === 0 ? null : mergeStream(live);
    }
    return entry.merged;
  }

  /** JSON of the merged streams of `ids`, in their order. */
  mergedText(ids: readonly string[]): string {
    return `[${this.#texts(ids).join(',')}]`;
  }

  /** JSON of all merged streams, sorted by id, as UTF-8: as a string it would fill memory with megabytes each time. */
  mergedBytes(): Buffer {
    const texts = this.#texts(this.ids());
    if (texts.length === 0) return Buffer.from('[]');
    const sizeBytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 1);
    const bytes = Buffer.allocUnsafeSlow(sizeBytes);
    let end = bytes.write('[');
    for (const text of texts) {
      end += bytes.write(text, end);
      bytes[end++] = COMMA;
    }
    bytes.write(']', end - 1);
    return bytes;
  }

  /** JSON of each merged stream; without those that no node that answers has. */
  #texts(ids: readonly string[]): string[] {
    const texts: string[] = [];
    for (const id of ids) {
      const entry = this.#entries.get(id);
      if (!entry) continue;
      if (entry.text === undefined) {
        const merged = this.merged(id);
        entry.text = merged ? JSON.stringify(merged) : '';
      }
      if (entry.text !== '') texts.push(entry.text);
    }
    return texts;
  }

  #setCopy(id: string, copy: StreamCopy): void {
    const entry = this.#entries.get(id);
    if (!entry) {
      const nothing = {
        merged: undefined,
        text: undefined,
        bitratesBps: [],
        bitrateMs: Number.NEGATIVE_INFINITY,
      };
      this.#entries.set(id, { copies: [copy], ...nothing });
      this.#sortedIds = null;
      this.#version += 1;
      return;
    }
    const index = entry.copies.findIndex((other) => other.alias === copy.alias);
    const known = entry.copies[index];
    const isSame = known?.stream === copy.stream && known.isStale === copy.isStale;
    if (isSame && known.isSilent === copy.isSilent) return;
    const copies = known ? entry.copies.with(index, copy) : [...entry.copies, copy].sort(byAlias);
    this.#replace(entry, copies);
  }

  #noteBitrate(id: string, nowMs: number): void {
    const entry = this.#entries.get(id);
    if (!entry || nowMs - entry.bitrateMs < BITRATE_EVERY_MS) return;
    entry.bitrateMs = nowMs;
    entry.bitratesBps.push(publishedBps(entry.copies, relayEndsOf(entry.copies.map((copy) => copy.stream))));
    if (entry.bitratesBps.length > BITRATES_KEPT) entry.bitratesBps.shift();
  }

  #removeCopy(id: string, alias: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    const copies = entry.copies.filter((copy) => copy.alias !== alias);
    if (copies.length === 0) {
      this.#countPulled(entry.copies, []);
      this.#entries.delete(id);
      this.#sortedIds = null;
      this.#version += 1;
    } else this.#replace(entry, copies);
  }

  #replace(entry: Entry, copies: StreamCopy[]): void {
    this.#countPulled(entry.copies, copies);
    entry.copies = copies;
    entry.merged = undefined;
    entry.text = undefined;
    this.#version += 1;
  }

  #countPulled(before: readonly StreamCopy[], after: readonly StreamCopy[]): void {
    // Who pulls is told by another copy.
    if (before.length < 2 && after.length < 2) return;
    for (const [alias, count] of pulledFrom(before)) this.#addPulled(alias, -count);
    for (const [alias, count] of pulledFrom(after)) this.#addPulled(alias, count);
  }

  #addPulled(alias: string, count: number): void {
    const sum = this.pulledCount(alias) + count;
    if (sum === 0) this.#pulledCounts.delete(alias);
    else this.#pulledCounts.set(alias, sum);
  }
}

function byAlias(a: StreamCopy, b: StreamCopy): number {
  return a.alias < b.alias ? -1 : a.alias > b.alias ? 1 : 0;
}
