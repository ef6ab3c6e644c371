import { type Static, Type } from 'typebox';

/** Load of the whole cluster at one moment. */
export const LoadSample = Type.Object({
  atMs: Type.Number({ description: 'Milliseconds since the Unix epoch.' }),
  liveStreams: Type.Integer(),
  viewers: Type.Integer(),
  bitrateOutBps: Type.Number(),
});
export type LoadSample = Static<typeof LoadSample>;

export const SAMPLE_EVERY_MS = 5000;
/** Five minutes. */
const SAMPLES_KEPT = 60;

/** Adds a sample unless the last is too young; keeps the newest. */
export function addSample(history: readonly LoadSample[], sample: LoadSample): readonly LoadSample[] {
  const last = history.at(-1);
  if (last && sample.atMs - last.atMs < SAMPLE_EVERY_MS) return history;
  return [...history, sample].slice(-SAMPLES_KEPT);
}
