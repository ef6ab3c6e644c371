import { sql } from 'kysely';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { AppError, errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import { indexFolder } from '../segments/index-folder.ts';
import { makeIndexTools } from '../segments/index-tools.ts';
import type { NodePlaces } from '../segments/node-places.ts';
import { isRecordingOver } from '../segments/recording-over.ts';
import { extentOf, readFolderManifest, type StoredFolder } from '../segments/storage-folders.ts';
import type { NewSegment } from '../segments/write-segments.ts';
import { type ObjectStore, storeOfNode } from '../storage/object-store.ts';
import { folderIn } from './listed-folder.ts';

export interface AwayNodesOptions {
  readonly database: Database;
  /** The manager's own storage. */
  readonly own: ObjectStore;
  /** Where nodes record. */
  readonly places: NodePlaces;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called after COMMIT with the rows that were new. */
  readonly onWritten: (rows: readonly NewSegment[]) => void;
}

/** A recording that goes on, as far as anybody has said. */
interface OpenRecording {
  node_alias: string;
  stream: string;
  record: string;
  dir: string;
  start_ts: number | null;
}

/** So long a node has to be away before its recordings are looked at without it. */
const AWAY_AFTER_MS = 20 * MS_PER_SECOND;
/** Files of a recording that is over are quiet for longer. */
const QUIET_MS = 60 * MS_PER_SECOND;
const AWAY = 'Its node was away when it ended; what it had written to the storage is indexed.';

/**
 * Follows in the storage of the manager what nodes were recording that do not answer any more or left the cluster, to
 * the end of what they had written. One that comes back lists it, and is asked again.
 */
export class AwayNodes {
  /** Since when nodes are away, milliseconds, monotonic. */
  readonly #sinceMs = new Map<string, number>();
  /** By folder how its files were when they were indexed last. */
  readonly #seen = new Map<string, string>();

  constructor(private readonly options: AwayNodesOptions) {}

  /** `here`: the nodes that answer. Rejects with the signal's reason, database_unavailable. */
  async look(here: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const { clock, database, logger } = this.options;
    const open = (await openRecordings(database)).filter((each) => !here.has(each.node_alias));
    const away = new Set(open.map((each) => each.node_alias));
    for (const alias of this.#sinceMs.keys()) if (!away.has(alias)) this.#sinceMs.delete(alias);
    const nowMs = clock.monotonicMs();
    for (const alias of away) if (!this.#sinceMs.has(alias)) this.#sinceMs.set(alias, nowMs);
    for (const recording of open) {
      signal.throwIfAborted();
      if (nowMs - (this.#sinceMs.get(recording.node_alias) ?? nowMs) < AWAY_AFTER_MS) continue;
      try {
        await this.#follow(recording, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof AppError && error.code === 'database_unavailable') throw error;
        logger.debug({ dir: recording.dir, reason: errorMessage(error) }, 'a folder was not looked at');
      }
    }
  }

  async #follow(recording: OpenRecording, signal: AbortSignal): Promise<void> {
    const { clock, logger, own } = this.options;
    const { dir, node_alias: alias } = recording;
    const store = storeOfNode(own, alias);
    const folder = await folderIn(store, dir, { signal });
    if (!folder) return;
    const key = `${alias}\n${dir}`;
    const { lastMs } = extentOf(folder.files);
    const signature = `${folder.files.length} ${lastMs}`;
    if (this.#seen.get(key) !== signature) {
      if (await this.#index(store, folder, recording, signal)) return;
      this.#seen.set(key, signature);
    }
    if (clock.nowMs() - lastMs < QUIET_MS) return;
    const manifest = await readFolderManifest(store, folder, logger, { signal });
    if (!isRecordingOver(folder, manifest, null, clock.nowMs())) return;
    await endAway(this.options.database, recording);
    this.#seen.delete(key);
  }

  /** Whether a file is still being written. */
  async #index(
    store: ObjectStore,
    folder: StoredFolder,
    { node_alias: nodeAlias, record, start_ts: startUs, stream }: OpenRecording,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { logger, places } = this.options;
    const { isUnfinished } = await indexFolder(makeIndexTools(this.options, store, signal), folder, {
      indexRow: { stream, record, nodeAlias, startUs, status: 'active' },
      defaultAlias: nodeAlias,
      place: { places, name: places.placeOf(nodeAlias) },
      isFollowed: true,
      logger,
    });
    return isUnfinished;
  }
}

/** What nodes list and is not settled, and what else the index has as running in a storage. */
async function openRecordings({ db }: Database): Promise<OpenRecording[]> {
  const { rows } = await sql<OpenRecording>`
    select node_alias, stream, record, dir, start_ts from node_recordings where state = 'open'
    union all
    select r.node_alias, r.stream, r.record, r.dir, null from recordings r
    where r.status = 'active' and r.place is not null and not exists (
      select from node_recordings n where n.node_alias = r.node_alias and n.stream = r.stream and n.dir = r.dir
        and n.state = 'open')
    order by 1, 2, 4
  `.execute(db);
  return rows;
}

/** What is listed of it later, as by a node that comes back, opens it again. */
async function endAway({ db }: Database, recording: OpenRecording): Promise<void> {
  const { dir, node_alias: nodeAlias, stream } = recording;
  await sql`
    with listed as (
      update node_recordings set state = 'acknowledged', node_status = 'completed', problem = ${AWAY},
        ended_at = now(), tried_at = now()
      where node_alias = ${nodeAlias} and stream = ${stream} and dir = ${dir} and state = 'open'
    )
    update recordings set status = 'completed'
    where stream = ${stream} and node_alias = ${nodeAlias} and dir = ${dir} and status in ('active', 'unknown')
  `.execute(db);
}
