import type { StreamView } from '../../src-shared/model/stream-view.ts';
import { api } from '../api/client.ts';

const SAMPLE_EVERY_MS = 1500;
export const STREAM_SAMPLES_KEPT = 40;
/** While a table is scrolled many come by and go. */
const ASK_AFTER_MS = 200;
/** As many as the route takes. */
const ASK_AT_ONCE = 200;

interface History {
  lastMs: number;
  /** Replaced at each change. */
  values: readonly number[];
  /** Whether the manager was asked for what was before. */
  isAsked: boolean;
}

/** Not in a store: tens of thousands change all the time, of which few are in sight. */
const histories = new Map<string, History>();
const watchers = new Map<string, Set<() => void>>();
const NONE: readonly number[] = [];

/** Takes note of the bitrate that publishers send now. */
export function noteBitrates(streams: readonly StreamView[], removed: readonly string[], atMs: number): void {
  for (const id of removed) histories.delete(id);
  for (const { bitrateInBps, id } of streams) {
    const history = histories.get(id);
    if (!history) histories.set(id, { lastMs: atMs, values: [bitrateInBps], isAsked: false });
    else if (atMs - history.lastMs >= SAMPLE_EVERY_MS) {
      history.lastMs = atMs;
      history.values = newest([...history.values, bitrateInBps]);
      tell(id);
    }
  }
}

/** Forgets the streams that a complete reading does not name. */
export function keepBitratesOf(streams: readonly StreamView[]): void {
  const ids = new Set(streams.map((stream) => stream.id));
  for (const id of histories.keys()) if (!ids.has(id)) histories.delete(id);
}

/** Bits per second that the publisher of a stream sent lately, oldest first; another array after each change. */
export function bitratesOf(id: string): readonly number[] {
  return histories.get(id)?.values ?? NONE;
}

/** Calls `listener` when `bitratesOf(id)` changed; asks the manager for what was before. Returns how to stop. */
export function watchBitrates(id: string, listener: () => void): () => void {
  const listeners = watchers.get(id) ?? new Set();
  watchers.set(id, listeners.add(listener));
  if (histories.get(id)?.isAsked === false) askSoon();
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) watchers.delete(id);
  };
}

let isAskPlanned = false;

function askSoon(): void {
  if (isAskPlanned) return;
  isAskPlanned = true;
  setTimeout(() => {
    isAskPlanned = false;
    void ask();
  }, ASK_AFTER_MS);
}

/** Asks for all that are in sight and were not asked for. */
async function ask(): Promise<void> {
  const wanted = [...watchers.keys()].filter((id) => histories.get(id)?.isAsked === false);
  const ids = wanted.slice(0, ASK_AT_ONCE);
  if (ids.length === 0) return;
  for (const id of ids) setAsked(id, true);
  try {
    const { streams } = await api.call('getBitrates', { query: { streams: ids } });
    for (const { bitratesBps, id } of streams) seedBitrates(id, bitratesBps);
  } catch {
    // They are asked for again when they come into sight again.
    for (const id of ids) setAsked(id, false);
  }
  if (wanted.length > ids.length) askSoon();
}

function setAsked(id: string, isAsked: boolean): void {
  const history = histories.get(id);
  if (history) history.isAsked = isAsked;
}

/** Puts what the manager has seen of a stream before what was seen here; both end now. */
export function seedBitrates(id: string, bitratesBps: readonly number[]): void {
  const history = histories.get(id);
  if (!history || bitratesBps.length <= history.values.length) return;
  history.values = newest([...bitratesBps.slice(0, -history.values.length), ...history.values]);
  tell(id);
}

function newest(values: readonly number[]): readonly number[] {
  return values.slice(-STREAM_SAMPLES_KEPT);
}

function tell(id: string): void {
  for (const listener of watchers.get(id) ?? []) listener();
}
