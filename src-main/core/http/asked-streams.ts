import { demandRead, mayRead, type Principal } from './principal.ts';

/**
 * The streams to look at: those asked for, else those of `readNames` that the caller may see; undefined for all. Throws
 * `forbidden` where one is asked for that the caller may not see.
 */
export async function askedStreams(
  principal: Principal | null,
  asked: readonly string[],
  readNames: () => Promise<readonly string[]>,
): Promise<readonly string[] | undefined> {
  for (const stream of asked) demandRead(principal, stream);
  if (asked.length > 0) return asked;
  if (principal !== null && principal.streams === undefined && mayRead(principal, '*')) return undefined;
  return (await readNames()).filter((stream) => principal !== null && mayRead(principal, stream));
}
