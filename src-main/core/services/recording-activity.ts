import { MS_PER_MINUTE } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import type { RecordingActivity } from '../nodes/views.ts';

/** Recorded time that ends this long ago still counts as being recorded: a segment lasts 10 to 15 s. */
const FRESH_MS = MS_PER_MINUTE;

/** Remembers where recorded time grew lately, from what the index reports. */
export class RecordingTracker implements RecordingActivity {
  readonly #newestEndUs = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  /** Takes note of indexed time that ends at `endUs`. */
  note(stream: string, alias: string, endUs: number): void {
    for (const key of [stream, keyOf(stream, alias)]) {
      this.#newestEndUs.set(key, Math.max(endUs, this.#newestEndUs.get(key) ?? 0));
    }
  }

  isRecording(stream: string, alias?: string): boolean {
    const endUs = this.#newestEndUs.get(alias === undefined ? stream : keyOf(stream, alias));
    return endUs !== undefined && endUs / 1000 > this.clock.nowMs() - FRESH_MS;
  }

  /** Age of the oldest of the newest instants of the streams being recorded, or null when none is. */
  lagMs(): number | null {
    const fresh = [...this.#newestEndUs].filter(([key]) => !key.includes('\n') && this.isRecording(key));
    if (fresh.length === 0) return null;
    return Math.max(0, this.clock.nowMs() - Math.min(...fresh.map(([, endUs]) => endUs)) / 1000);
  }
}

/** Stream names hold no line breaks that a path segment could carry into this key unnoticed. */
function keyOf(stream: string, alias: string): string {
  return `${stream}\n${alias}`;
}
