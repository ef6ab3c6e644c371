import type { ObjectStore } from '../storage/object-store.ts';
import type { EmptiedRecording, ExpiredRow } from './expired-rows.ts';
import type { RetentionTools } from './retention-tools.ts';

/** A storage and what of a recording lies in it. */
export interface HomeOfRows {
  readonly store: ObjectStore;
  readonly paths: string[];
}

/**
 * In which storage each object of a recording lies: the one in which the recording was seen. Where nobody has looked
 * and its node has recorded to several, the one whose object has the size that the row says, as another recording may
 * have the same path there.
 */
export async function homesOfRows(
  { signal, store }: RetentionTools,
  { nodeAlias, place }: EmptiedRecording,
  rows: readonly ExpiredRow[],
): Promise<HomeOfRows[]> {
  const paths = rows.map(({ path }) => path);
  const seen = place === null ? undefined : await store.storeAt?.(place);
  if (seen) return [{ store: seen, paths }];
  const homes = (await store.homesOf?.(nodeAlias)) ?? [];
  if (homes.length < 2) return [{ store, paths }];
  const found = new Map<ObjectStore, string[]>();
  for (const { path, sizeBytes } of rows) {
    for (const home of homes) {
      const info = await home.stat(path, { signal, node: nodeAlias });
      if (!info || (sizeBytes !== null && info.sizeBytes !== sizeBytes)) continue;
      found.set(home, [...(found.get(home) ?? []), path]);
      break;
    }
  }
  return [...found].map(([home, own]) => ({ store: home, paths: own }));
}
