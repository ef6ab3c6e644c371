import type { IngestSample } from '../../../src-shared/contract/index-routes.ts';

/** The newest `count` samples, oldest first, with null before the first where there are fewer. */
export function ingestSlots(samples: readonly IngestSample[], count: number): (IngestSample | null)[] {
  const newest = samples.slice(-count);
  return [...Array.from({ length: count - newest.length }, () => null), ...newest];
}

/** The least of 1, 2, 5 times a power of ten that is not below `value`; 1 at least. */
export function niceCeiling(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 5, 10].find((each) => each * power >= value) ?? 10;
  return factor * power;
}
