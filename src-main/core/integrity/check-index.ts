import { checkDerived, checkSums } from './check-derived.ts';
import { checkObjects } from './check-objects.ts';
import { checkRecordings } from './check-recordings.ts';
import type { CheckPart, CheckProgress, CheckTools, Unchecked } from './check-tools.ts';
import { findStorages } from './find-storages.ts';
import type { CheckScope, Problem } from './problem.ts';

/**
 * Holds the index and the storages against each other, and what is derived from the index against a recount.
 *
 * Changes nothing. Works beside a running cluster: what is younger than a minute is left alone. Problems come one by
 * one; `progress` and `unchecked` are kept up to date meanwhile. A part that ends early says where in `part.to`. Rejects with the signal's reason,
 * storage_unavailable, database_unavailable.
 */
export async function* checkIndex(
  tools: CheckTools,
  scope: CheckScope,
  progress: CheckProgress,
  unchecked: Unchecked,
  part: CheckPart,
): AsyncGenerator<Problem, void, undefined> {
  progress.phase = 'recordings';
  const { problems, storages } = await findStorages(tools, unchecked);
  yield* problems;
  const places = storages.filter(({ isNamed }) => !isNamed);
  // First, as rows outside the bounds of their recording are seen by nothing else.
  if (!part.from) yield* checkSums(tools, scope, progress);
  if (part.from?.phase !== 'objects') {
    yield* checkRecordings(tools, places, scope, progress, unchecked, part);
    if (part.to) return;
  }
  progress.phase = 'objects';
  // Where the storage is gone that it stood in, all are gone through.
  const first = part.from?.phase === 'objects' ? part.from.storage : null;
  const firstIndex = Math.max(
    0,
    storages.findIndex(({ name }) => name === first),
  );
  for (const storage of storages.slice(firstIndex)) {
    yield* checkObjects(tools, storage, scope, progress, part);
    if (part.to) return;
  }
  progress.phase = 'totals';
  yield* checkDerived(tools, scope, progress);
}
