/**
 * The outcomes of `work` on each item, in the order of the items, with at most `limit` under way.
 *
 * Rejects with the first failure, after the work under way ended. Leaving the loop early waits for that too.
 */
export async function* inParallel<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const running: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const started = work(item);
      // It is met when it is its turn.
      started.catch(() => {});
      running.push(started);
      if (running.length >= limit) yield await (running.shift() as Promise<R>);
    }
    while (running.length > 0) yield await (running.shift() as Promise<R>);
  } finally {
    await Promise.allSettled(running);
  }
}
