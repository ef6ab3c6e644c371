import { entrySec, timescaleOf } from './hls-playlist.ts';
import type { MediaEntry, PlayTrack, Run } from './media-model.ts';

type Which = 'main' | 'audio';

/** What a playlist says of all its runs before it lists the first; gathered piece by piece. */
export class RangeFacts {
  runCount = 0;
  /** Whether the runs come with recorded sound beside the pictures. */
  hasAudio = false;
  /** Of all runs, each once. */
  readonly mainCodecs = new Set<string>();
  readonly audioCodecs = new Set<string>();
  /** The most that the sound of a recording has. */
  channels = 0;
  /** Of the largest pictures; null where none is known. */
  size: { width: number; height: number } | null = null;
  /** Median over the examined segments of the first piece that has any; null where none was examined. */
  frameRate: number | null = null;
  readonly #entries = { main: new EntryFacts(), audio: new EntryFacts() };

  /** `mainTrack`: what `main` of the runs holds. */
  constructor(readonly mainTrack: 'video' | 'audio') {}

  /** The runs of a piece. */
  add(runs: readonly Run[]): void {
    this.runCount += runs.length;
    for (const run of runs) {
      const { codec, height, width } = trackOf(run, this.mainTrack);
      this.mainCodecs.add(codec);
      if (width && height && width * height > pixels(this.size)) this.size = { width, height };
      const sound = this.mainTrack === 'video' ? run.recording.audio?.track : undefined;
      if (sound) {
        this.audioCodecs.add(sound.codec);
        this.channels = Math.max(this.channels, sound.channels ?? 2);
      }
      this.hasAudio ||= run.audio.some((entry) => entry.kind === 'segment');
      for (const which of ['main', 'audio'] as const) this.#entries[which].add(run, which);
    }
    if (this.mainTrack === 'video') this.frameRate ??= usualFrameRate(runs);
  }

  /** The longest entry, a second at least. */
  longestSec(which: Which): number {
    return this.#entries[which].longestSec;
  }

  /** Whether each entry can be decoded without those before it. */
  isIndependent(which: Which): boolean {
    return this.#entries[which].isIndependent;
  }

  /** Bits per second: the highest of one segment (pictures and sound added up), and the mean. */
  get bitRates(): { peak: number; average: number } {
    const parts = [this.#entries.main, ...(this.hasAudio ? [this.#entries.audio] : [])];
    const peak = parts.reduce((sum, part) => sum + part.peakBps, 0);
    const average = parts.reduce((sum, part) => sum + part.averageBps, 0);
    return { peak: Math.max(Math.ceil(peak), 1), average: Math.max(Math.ceil(average), 1) };
  }
}

/** What the entries of one track have in common. */
class EntryFacts {
  longestSec = 1;
  isIndependent = true;
  peakBps = 0;
  #bytes = 0;
  #seconds = 0;

  get averageBps(): number {
    return this.#seconds > 0 ? (this.#bytes * 8) / this.#seconds : 0;
  }

  add(run: Run, which: Which): void {
    const entries = run[which];
    if (entries.length === 0) return;
    const timescale = timescaleOf(run, which);
    for (const entry of entries) {
      this.longestSec = Math.max(this.longestSec, entrySec(entry, timescale));
      this.isIndependent &&= isDecodable(entry);
      if (entry.kind !== 'segment' || entry.segment.sizeBytes === null) continue;
      const { segment } = entry;
      const sec = Math.max((segment.endTicks - segment.startTicks) / timescale, 0.1);
      this.peakBps = Math.max(this.peakBps, (entry.segment.sizeBytes * 8) / sec);
      this.#bytes += entry.segment.sizeBytes;
      this.#seconds += sec;
    }
  }
}

function isDecodable(entry: MediaEntry): boolean {
  if (entry.kind !== 'segment') return true;
  const { syncTicks } = entry.segment;
  return syncTicks !== null && syncTicks <= entry.startTicks;
}

function trackOf(run: Run, kind: 'video' | 'audio'): PlayTrack {
  const lane = run.recording[kind];
  if (!lane) throw new RangeError(`A run has no ${kind} track.`);
  return lane.track;
}

function pixels(size: { width: number; height: number } | null): number {
  return size ? size.width * size.height : 0;
}

/** Median over the examined segments; null where none was examined. */
function usualFrameRate(runs: readonly Run[]): number | null {
  const rates = runs
    .flatMap((run) => {
      const timescale = timescaleOf(run, 'main');
      return run.main.flatMap((entry) => {
        if (entry.kind !== 'segment' || entry.segment.sampleCount === null) return [];
        const sec = (entry.segment.endTicks - entry.segment.startTicks) / timescale;
        return sec > 0 ? [entry.segment.sampleCount / sec] : [];
      });
    })
    .sort((a, b) => a - b);
  return rates[Math.floor(rates.length / 2)] ?? null;
}
