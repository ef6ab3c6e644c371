import type { StreamView } from '../../src-shared/model/stream-view.ts';

const SAMPLE_EVERY_MS = 1500;
export const STREAM_SAMPLES_KEPT = 40;

interface History {
  lastMs: number;
  readonly values: number[];
}

/** Not in a store: rows are drawn anew when their stream changes, which is when this changes. */
const histories = new Map<string, History>();

/** Takes note of the bitrate that publishers send now. */
export function noteBitrates(streams: readonly StreamView[], removed: readonly string[], atMs: number): void {
  for (const id of removed) histories.delete(id);
  for (const stream of streams) {
    const history = histories.get(stream.id);
    if (!history) histories.set(stream.id, { lastMs: atMs, values: [stream.bitrateInBps] });
    else if (atMs - history.lastMs >= SAMPLE_EVERY_MS) {
      history.lastMs = atMs;
      history.values.push(stream.bitrateInBps);
      if (history.values.length > STREAM_SAMPLES_KEPT) history.values.shift();
    }
  }
}

/** Forgets the streams that a complete reading does not name. */
export function keepBitratesOf(streams: readonly StreamView[]): void {
  const ids = new Set(streams.map((stream) => stream.id));
  for (const id of histories.keys()) if (!ids.has(id)) histories.delete(id);
}

/** Bits per second that the publisher of a stream sent lately, oldest first; not to be changed. */
export function bitratesOf(id: string): readonly number[] {
  return histories.get(id)?.values ?? [];
}
