/** Durations from named units, so that no bare factor stands in the code. */
export const MS_PER_SECOND = 1000;
export const MS_PER_MINUTE = 60 * MS_PER_SECOND;
export const MS_PER_HOUR = 60 * MS_PER_MINUTE;
export const MS_PER_DAY = 24 * MS_PER_HOUR;
export const US_PER_MS = 1000;
export const US_PER_SECOND = 1_000_000;
export const US_PER_MINUTE = 60 * US_PER_SECOND;
export const US_PER_HOUR = 60 * US_PER_MINUTE;
export const US_PER_DAY = 24 * US_PER_HOUR;

/** Ticks of a media clock as microseconds, rounded down (as recorders do). */
export function ticksToUs(ticks: number, timescale: number): number {
  const wholeSec = Math.floor(ticks / timescale);
  const restTicks = ticks - wholeSec * timescale;
  return wholeSec * US_PER_SECOND + Math.floor((restTicks * US_PER_SECOND) / timescale);
}

/** Microseconds as ticks of a media clock, rounded to the nearest. */
export function usToTicks(durationUs: number, timescale: number): number {
  const wholeSec = Math.floor(durationUs / US_PER_SECOND);
  const restUs = durationUs - wholeSec * US_PER_SECOND;
  return wholeSec * timescale + Math.round((restUs * timescale) / US_PER_SECOND);
}
