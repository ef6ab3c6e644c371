import { AppError, errorMessage } from '../base/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { openPlace } from '../storage/open-place.ts';
import type { CheckedStorage, CheckTools, Unchecked } from './check-tools.ts';
import type { Problem } from './problem.ts';

/** So many of the newest recordings show whether a storage is needed. */
const SAMPLED_RECORDINGS = 6;

/**
 * The storages that can be gone through: those of the configuration, then those that the command line indexed.
 *
 * One that does not answer, or is empty although there are recordings (a disk that is not mounted), is a problem of
 * its own: its objects must not be taken for missing.
 */
export async function findStorages(
  tools: CheckTools,
  unchecked: Unchecked,
): Promise<{ storages: CheckedStorage[]; problems: Problem[] }> {
  const { database, storages } = tools;
  const named = storages.all.map(({ name, store }): CheckedStorage => ({ name, store, isNamed: true }));
  const rows = await database.db.selectFrom('storages').select('root').orderBy('added_at').execute();
  const others = await Promise.all(
    rows
      .filter(({ root }) => named.every(({ store }) => store.name !== root))
      .map(async ({ root }): Promise<CheckedStorage> => {
        const store = await openPlace(root, storages.default.config);
        return { name: root, store, isNamed: false };
      }),
  );
  const aliases = await recordedNodes(tools);
  const usable: CheckedStorage[] = [];
  const problems: Problem[] = [];
  for (const storage of [...named, ...others]) {
    const own = aliases.filter((alias) => storages.ofNode(alias).name === storage.name);
    const isExpected = own.length > 0 || !storage.isNamed;
    const reason = await whyAway(storage.store, tools.signal);
    if (reason === null) usable.push(storage);
    else if (isExpected && !(await isElsewhere(tools, own))) {
      unchecked.storages.add(storage.name);
      for (const alias of own) unchecked.nodes.add(alias);
      problems.push(awayProblem(storage, reason));
    }
  }
  return { storages: usable, problems };
}

/** Null where the storage can be listed and holds something. */
async function whyAway(store: ObjectStore, signal: AbortSignal): Promise<string | null> {
  try {
    for await (const _ of store.list('', { signal })) return null;
    return 'it is empty, as a disk that is not mounted';
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AppError && error.code === 'object_missing') return 'there is no such folder';
    return errorMessage(error);
  }
}

/** Whether what these nodes recorded last lies elsewhere, in indexed folders or on the nodes: nothing is missed here. */
async function isElsewhere(tools: CheckTools, aliases: readonly string[]): Promise<boolean> {
  if (aliases.length === 0) return false;
  const { database, signal, store } = tools;
  const rows = await database.db
    .selectFrom('recordings as r')
    .innerJoin('tracks as t', 't.recording_id', 'r.id')
    .leftJoin('node_recordings as n', (join) =>
      join
        .onRef('n.dir', '=', 'r.dir')
        .onRef('n.node_alias', '=', 'r.node_alias')
        .on('n.source', '=', 'node'),
    )
    .select(['t.init_path', 'r.node_alias'])
    .where('r.node_alias', 'in', aliases)
    .where('n.dir', 'is', null)
    .orderBy('r.start_ts', 'desc')
    .limit(SAMPLED_RECORDINGS)
    .execute();
  for (const { init_path: path, node_alias: node } of rows) {
    const found = await store.stat(path, { signal, node }).catch(() => {
      signal.throwIfAborted();
      return null;
    });
    if (!found) return false;
  }
  return true;
}

async function recordedNodes({ database }: CheckTools): Promise<string[]> {
  const rows = await database.db.selectFrom('recorded_streams').select('node_alias').distinct().execute();
  return rows.map(({ node_alias: alias }) => alias);
}

function awayProblem({ isNamed, name, store }: CheckedStorage, reason: string): Problem {
  const remedy = isNamed
    ? 'Mount it or mend its settings'
    : 'Mount it, or run liveman index with where it is now';
  return {
    kind: 'storage-away',
    stream: '',
    nodeAlias: '',
    place: name,
    startUs: null,
    endUs: null,
    reason: `The storage ${store.name} was not checked: ${reason.replace(/\.$/, '')}. ${remedy}, then check again.`,
    repair: null,
    details: { storage: name },
  };
}
