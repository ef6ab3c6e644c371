import { sql } from 'kysely';
import type { Database } from '../db/database.ts';

/** How far a run that was stopped came. */
export interface StorageScan {
  /** Every recording folder before this path was gone through. */
  readonly position: string;
  /** Objects and recording folders before it. */
  readonly objectCount: number;
  readonly folderCount: number;
}

/** So long after a run was stopped the storage is another. */
const GOOD_FOR = sql`interval '7 days'`;

/** Null where no run of the storage was stopped lately. */
export async function readScan({ db }: Database, place: string): Promise<StorageScan | null> {
  const row = await db
    .selectFrom('storage_scans')
    .select(['position', 'object_count as objectCount', 'folder_count as folderCount'])
    .where('place', '=', place)
    .where('updated_at', '>', sql<Date>`now() - ${GOOD_FOR}`)
    .executeTakeFirst();
  return row ?? null;
}

export async function saveScan({ db }: Database, place: string, scan: StorageScan): Promise<void> {
  const columns = {
    position: scan.position,
    object_count: scan.objectCount,
    folder_count: scan.folderCount,
    updated_at: new Date(),
  };
  await db
    .insertInto('storage_scans')
    .values({ place, ...columns })
    .onConflict((conflict) => conflict.column('place').doUpdateSet(columns))
    .execute();
}

export async function endScan({ db }: Database, place: string): Promise<void> {
  await db.deleteFrom('storage_scans').where('place', '=', place).execute();
}

/** Follows which folders are done, as they end in another order than they begin. */
export class ScanPosition {
  readonly #open: { after: string | null; objectCount: number; isDone: boolean }[] = [];
  #folderCount: number;

  constructor(private reached: StorageScan | null) {
    this.#folderCount = reached?.folderCount ?? 0;
  }

  /** How far all folders are done; null before the first. */
  get value(): StorageScan | null {
    return this.reached;
  }

  /**
   * `after` is where to go on behind the folder, null where one that began earlier is still open; `objectCount`, how
   * many objects there are up to there.
   */
  begin(after: string | null, objectCount: number): () => void {
    const folder = { after, objectCount, isDone: false };
    this.#open.push(folder);
    return () => {
      folder.isDone = true;
      for (let first = this.#open[0]; first?.isDone; first = this.#open[0]) {
        this.#open.shift();
        this.#folderCount += 1;
        if (first.after === null) continue;
        const { after: position, objectCount: count } = first;
        this.reached = { position, objectCount: count, folderCount: this.#folderCount };
      }
    };
  }
}
