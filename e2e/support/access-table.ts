import type { MatrixCredential } from './access-credentials.ts';

/** Who may call: `both` streams, the `own` one only, or neither. */
export type Verdict = '●' | '○' | '·' | '?';

export function verdict(own: boolean, foreign: boolean): Verdict {
  if (own && foreign) return '●';
  if (own) return '○';
  return foreign ? '?' : '·';
}

/** Whether a list of accesses has one, as `access-credentials.ts` writes them. */
export function opens(accesses: string, wanted: string): boolean {
  return accesses.split(' ').includes(wanted);
}

export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
    }),
  );
}

/** What was tried, with a verdict for each credential. */
export interface MatrixRow {
  readonly name: string;
  readonly needs: string;
  readonly verdicts: string;
}

/** The matrix as text, a column for each credential. */
export function tableText(
  title: string,
  credentials: readonly MatrixCredential[],
  rows: readonly MatrixRow[],
  wrongCount: number,
): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const needsWidth = Math.max(...rows.map(({ needs }) => needs.length));
  const height = Math.max(...credentials.map(({ name }) => name.length));
  const head = Array.from(
    { length: height },
    (_, line) =>
      ' '.repeat(width + needsWidth + 2) +
      credentials.map(({ name }) => `${name.padStart(height)[line]} `).join(''),
  );
  const lines = rows.map(
    ({ name, needs, verdicts }) =>
      `${name.padEnd(width)} ${needs.padEnd(needsWidth)} ${[...verdicts].join(' ')}`,
  );
  const count = rows.length * credentials.length;
  return [
    `${title}: ● every stream, ○ the own one, · none`,
    ...head,
    ...lines,
    `${rows.length} routes × ${credentials.length} credentials = ${count} cells, ${wrongCount} wrong`,
  ].join('\n');
}
