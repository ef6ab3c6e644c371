import type { NodeSample } from '../../../src-shared/model/node-config.ts';
import type { NodeView } from '../../../src-shared/model/node-view.ts';

/** As many as the manager keeps. */
export const SAMPLES_KEPT = 60;
/** A node that answers is asked more seldom than this; changes in between are of other kinds. */
const SAMPLE_EVERY_MS = 1500;

/** The samples with what the node shows now, unless the last one is too young; the newest are kept. */
export function extendSamples(
  samples: readonly NodeSample[],
  node: NodeView,
  atMs: number,
): readonly NodeSample[] {
  const last = samples.at(-1);
  if (last && atMs - last.atMs < SAMPLE_EVERY_MS) return samples;
  const isThere = node.state === 'up' || node.state === 'slow';
  const sample: NodeSample = {
    atMs,
    latencyMs: isThere ? node.latencyMs : null,
    clockOffsetMs: isThere ? node.clockOffsetMs : null,
    bitrateInBps: node.bitrateInBps,
    bitrateOutBps: node.bitrateOutBps,
    viewerCount: node.viewerCount,
  };
  return [...samples, sample].slice(-SAMPLES_KEPT);
}

/** The shortest, the middle and the longest latency; null without any. */
export function latencySpread(
  samples: readonly NodeSample[],
): { lowMs: number; middleMs: number; highMs: number } | null {
  const known = samples.flatMap(({ latencyMs }) => latencyMs ?? []).sort((a, b) => a - b);
  const [low] = known;
  const high = known.at(-1);
  const middle = known[Math.floor(known.length / 2)];
  if (low === undefined || high === undefined || middle === undefined) return null;
  return { lowMs: low, middleMs: middle, highMs: high };
}
