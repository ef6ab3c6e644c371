/** A figure and its unit apart, so that a tile can set them in two sizes. */
export interface Quantity {
  readonly value: string;
  readonly unit: string;
}

const NO_VALUE = '–';
const countFormat = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** 1280 as "1,280". */
export function formatCount(count: number): string {
  return countFormat.format(count);
}

/** "1 node", "12 nodes". `plural` where an s is not enough. */
export function formatCounted(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

/** Three significant figures at most, never more digits than the unit is worth. */
function formatFigure(value: number): string {
  if (value >= 100) return Math.round(value).toString();
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function scale(value: number, step: number, units: readonly string[]): Quantity {
  let scaled = value;
  let index = 0;
  // 999.5 would be rounded to 1000 of this unit, so the next one is taken.
  while (scaled >= step * 0.9995 && index < units.length - 1) {
    scaled /= step;
    index += 1;
  }
  return { value: index === 0 ? formatCount(scaled) : formatFigure(scaled), unit: units[index] ?? '' };
}

const BIT_RATE_UNITS = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'];
const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bits per second in the unit that suits. */
export function bitRate(bitsPerSecond: number): Quantity {
  return scale(bitsPerSecond, 1000, BIT_RATE_UNITS);
}

/** 1_150_000_000 as "1.15 Gbit/s". */
export function formatBitRate(bitsPerSecond: number): string {
  const { value, unit } = bitRate(bitsPerSecond);
  return `${value} ${unit}`;
}

/** Bits per second as a figure in Mbit/s with one digit, for a column that has the unit in its head. */
export function formatMbits(bitsPerSecond: number): string {
  return bitsPerSecond === 0 ? '0' : (bitsPerSecond / 1_000_000).toFixed(1);
}

/** Bytes in the unit that suits (powers of 1000, as disks are sold). */
export function splitBytes(bytes: number): Quantity {
  return scale(bytes, 1000, BYTE_UNITS);
}

/** 186_400_000 as "186 MB". */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return NO_VALUE;
  const { value, unit } = splitBytes(bytes);
  return `${value} ${unit}`;
}

/** Bytes per second, as "412 MB/s". */
export function formatByteRate(bytesPerSecond: number | null): string {
  return bytesPerSecond === null ? NO_VALUE : `${formatBytes(bytesPerSecond)}/s`;
}

/** A part of a whole, 0 to 1, as "71 %". */
export function formatPercent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}

/** Signed milliseconds with a real minus, as "+2,140 ms"; "?" when not known. */
export function formatOffsetMs(offsetMs: number | null): string {
  if (offsetMs === null) return '?';
  const rounded = Math.round(offsetMs);
  const sign = rounded === 0 ? '' : rounded < 0 ? '−' : '+';
  return `${sign}${formatCount(Math.abs(rounded))} ms`;
}

/** A round trip, as "18 ms" or "1.24 s". */
export function formatLatencyMs(latencyMs: number | null): string {
  if (latencyMs === null) return NO_VALUE;
  return latencyMs < 1000 ? `${Math.round(latencyMs)} ms` : `${(latencyMs / 1000).toFixed(2)} s`;
}
