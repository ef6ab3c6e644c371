import { checkDerived } from './check-derived.ts';
import { checkObjects } from './check-objects.ts';
import { checkRecordings } from './check-recordings.ts';
import type { CheckProgress, CheckTools, Unchecked } from './check-tools.ts';
import { findStorages } from './find-storages.ts';
import type { CheckScope, Problem } from './problem.ts';

/**
 * Holds the index and the storages against each other, and what is derived from the index against a recount.
 *
 * Changes nothing. Works beside a running cluster: what is younger than a minute is left alone. Problems come one by
 * one; `progress` and `unchecked` are kept up to date meanwhile. Rejects with the signal's reason,
 * storage_unavailable, database_unavailable.
 */
export async function* checkIndex(
  tools: CheckTools,
  scope: CheckScope,
  progress: CheckProgress,
  unchecked: Unchecked,
): AsyncGenerator<Problem, void, undefined> {
  progress.phase = 'recordings';
  const { problems, storages } = await findStorages(tools, unchecked);
  yield* problems;
  const places = storages.filter(({ isNamed }) => !isNamed);
  yield* checkRecordings(tools, places, scope, progress, unchecked);
  progress.phase = 'objects';
  for (const storage of storages) yield* checkObjects(tools, storage, scope, progress);
  progress.phase = 'totals';
  yield* checkDerived(tools, scope, progress);
}
