import { MS_PER_MINUTE } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import type { RecordingActivity } from '../nodes/views.ts';

/** Recorded time that ends this long ago still counts as being recorded: a segment lasts 10 to 15 s. */
const FRESH_MS = MS_PER_MINUTE;

/** What nodes say themselves about recording. */
export interface RecordingWord {
  /** Null where it is not known. */
  saysNode(stream: string, alias: string): boolean | null;
  /** Streams that any node that answers says it records. */
  recordedStreams(): ReadonlySet<string>;
}

/** Which streams are recorded: where recorded time grew lately, and what nodes say themselves. */
export class RecordingTracker implements RecordingActivity {
  readonly #newestEndUs = new Map<string, number>();
  readonly #aliases = new Map<string, Set<string>>();
  #word: RecordingWord | null = null;

  constructor(private readonly clock: Clock) {}

  /** Takes note of indexed time that ends at `endUs`. */
  note(stream: string, alias: string, endUs: number): void {
    for (const key of [stream, keyOf(stream, alias)]) {
      this.#newestEndUs.set(key, Math.max(endUs, this.#newestEndUs.get(key) ?? 0));
    }
    const aliases = this.#aliases.get(stream);
    if (aliases) aliases.add(alias);
    else this.#aliases.set(stream, new Set([alias]));
  }

  /** From now on the word of a node counts more than what came into the index. */
  believe(word: RecordingWord): void {
    this.#word = word;
  }

  isRecording(stream: string, alias?: string): boolean {
    if (alias !== undefined) {
      return this.#word?.saysNode(stream, alias) ?? this.#isFresh(keyOf(stream, alias));
    }
    if (this.#word?.recordedStreams().has(stream)) return true;
    if (!this.#isFresh(stream)) return false;
    return [...(this.#aliases.get(stream) ?? [])].some((each) => this.isRecording(stream, each));
  }

  /** Every stream that `isRecording` is true of, and perhaps some more. */
  candidates(): Set<string> {
    const fresh = [...this.#aliases.keys()].filter((stream) => this.#isFresh(stream));
    return new Set([...fresh, ...(this.#word?.recordedStreams() ?? [])]);
  }

  #isFresh(key: string): boolean {
    const endUs = this.#newestEndUs.get(key);
    return endUs !== undefined && endUs / 1000 > this.clock.nowMs() - FRESH_MS;
  }

  /** Age of the oldest of the newest instants of the streams being recorded, or null when none is. */
  lagMs(): number | null {
    const fresh = [...this.#newestEndUs].filter(([key]) => !key.includes('\n') && this.#isFresh(key));
    if (fresh.length === 0) return null;
    return Math.max(0, this.clock.nowMs() - Math.min(...fresh.map(([, endUs]) => endUs)) / 1000);
  }
}

/** Stream names hold no line breaks that a path segment could carry into this key unnoticed. */
function keyOf(stream: string, alias: string): string {
  return `${stream}\n${alias}`;
}
