/** A measured value, as `npm run bench` shows it: one line each. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** To the best that can be had on the same machine in the same run. */
  ratio?: number;
  /** What the ratio or the value should be, in words. */
  aim?: string;
}

/** Prints name, value, unit, ratio and aim, with `-` for what a figure does not have. */
export function printFigure({ name, value, unit, ratio, aim }: Figure): void {
  const cells = [
    name.padEnd(44),
    value.toFixed(value < 100 ? 2 : 0).padStart(8),
    unit.padEnd(8),
    (ratio === undefined ? '-' : `${ratio.toFixed(2)} x`).padStart(8),
    aim ?? '-',
  ];
  console.log(cells.join('  '));
}

/** The middle one of an odd number of values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** How long `work` took, in seconds. */
export async function timedSec(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return (performance.now() - startMs) / 1000;
}
