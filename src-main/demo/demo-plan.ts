import type { Generation } from './fake-node/node-options.ts';
import type { PlanOptions } from './loops/recording-plan.ts';

const MINUTE_MS = 60_000;
/** Recordings of one stream by two nodes start at different seconds, so that they never share a folder. */
const SLOT_PERIOD_MS = 4000;
const WAIT_MS = 1200;
/** Every stream's history begins with this much without a gap. */
const QUIET_START_MS = 5 * MINUTE_MS;

/** A stream on a node, with how many watch it there. */
export interface DemoStream {
  readonly stream: string;
  readonly recordingMinutes: number;
  readonly viewers: { readonly mean: number; readonly swing: number; readonly periodS: number };
  /** Where in every four seconds its recordings start. */
  readonly slotOffsetMs?: number;
  /** When nothing was recorded, in minutes before now. */
  readonly hole?: { readonly fromMinutesAgo: number; readonly minutes: number };
  /** The node gets the stream from this one. */
  readonly pushedFrom?: string;
}

export interface DemoNodeSpec {
  readonly alias: string;
  readonly generation: Generation;
  readonly mode: 'poll' | 'sse';
  readonly site: string;
  readonly streams: readonly DemoStream[];
  /** The node goes down now and then. */
  readonly isFlaky?: boolean;
}

export const DEMO_NODES: readonly DemoNodeSpec[] = [
  {
    alias: 'edge-01',
    generation: 'v0.9.0',
    mode: 'poll',
    site: 'Harbour',
    streams: [
      { stream: 'gate-north', recordingMinutes: 47, viewers: { mean: 6, swing: 4, periodS: 300 } },
      { stream: 'quay-west', recordingMinutes: 55, viewers: { mean: 9, swing: 6, periodS: 420 } },
    ],
  },
  {
    alias: 'edge-02',
    generation: 'head',
    mode: 'sse',
    site: 'Harbour',
    streams: [
      { stream: 'crane-3', recordingMinutes: 41, viewers: { mean: 4, swing: 3, periodS: 240 } },
      { stream: 'yard-7', recordingMinutes: 52, viewers: { mean: 3, swing: 2, periodS: 360 } },
    ],
  },
  {
    alias: 'cloud-1',
    generation: 'head',
    mode: 'sse',
    site: 'Terminal',
    streams: [
      {
        stream: 'quay-west',
        recordingMinutes: 60,
        viewers: { mean: 18, swing: 11, periodS: 540 },
        slotOffsetMs: 2000,
        hole: { fromMinutesAgo: 74, minutes: 6 },
        pushedFrom: 'edge-01',
      },
      {
        stream: 'ferry-ramp',
        recordingMinutes: 58,
        viewers: { mean: 7, swing: 5, periodS: 390 },
        hole: { fromMinutesAgo: 39, minutes: 4 },
      },
    ],
  },
  {
    alias: 'cloud-2',
    generation: 'head',
    mode: 'poll',
    site: 'Terminal',
    streams: [{ stream: 'lobby', recordingMinutes: 50, viewers: { mean: 5, swing: 4, periodS: 280 } }],
    isFlaky: true,
  },
];

/**
 * How a stream's recordings follow each other. `nowMs` places the hole; with a history too short for it, it
 * moves into its later half and shrinks with it, or is left out when there is no room after the quiet start.
 */
export function planFor(demo: DemoStream, nowMs: number, historyMs: number): PlanOptions {
  return {
    slots: { periodMs: SLOT_PERIOD_MS, offsetMs: demo.slotOffsetMs ?? 0 },
    lengthMs: demo.recordingMinutes * MINUTE_MS,
    waitMs: WAIT_MS,
    hole: demo.hole && holeIn(demo.hole, nowMs, historyMs),
  };
}

/** The number of viewers at a time; varies smoothly and is never negative. */
export function viewersAt({ mean, swing, periodS }: DemoStream['viewers'], nowMs: number): number {
  const angle = (2 * Math.PI * nowMs) / (1000 * periodS);
  return Math.max(0, Math.round(mean + swing * Math.sin(angle) + 0.3 * swing * Math.sin(3.7 * angle)));
}

function holeIn(
  { fromMinutesAgo, minutes }: { fromMinutesAgo: number; minutes: number },
  nowMs: number,
  historyMs: number,
): { fromMs: number; toMs: number } | undefined {
  const fits = fromMinutesAgo * MINUTE_MS <= historyMs - QUIET_START_MS;
  const agoMs = fits ? fromMinutesAgo * MINUTE_MS : historyMs * 0.4;
  const lengthMs = fits ? minutes * MINUTE_MS : historyMs * 0.04;
  if (agoMs > historyMs - QUIET_START_MS) return undefined;
  // Whole video frames and audio packets end at multiples of 40 ms.
  const fromMs = Math.floor((nowMs - agoMs) / 40) * 40;
  return { fromMs, toMs: fromMs + lengthMs };
}
