import { AppError, errorMessage } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { type Manifest, ManifestError, parseManifest } from '../recordings/manifest.ts';
import {
  parseRecordingPath,
  type RecordingFile,
  type RecordingFolder,
} from '../recordings/recording-path.ts';
import { isWallTime } from '../recordings/track-zero.ts';
import type { CallOptions, ListedObject, ObjectStore } from '../storage/object-store.ts';

export interface StoredFile extends RecordingFile {
  path: string;
  sizeBytes: number;
  modifiedMs: number;
  isUploaded?: boolean;
  /** As of `ListedObject`. */
  mark?: string | undefined;
}

/** The files of one recording folder. */
export interface StoredFolder extends RecordingFolder {
  files: StoredFile[];
}

const SLASH = 47;

/** A folder whose last file has passed. */
export interface PassedFolder {
  readonly folder: StoredFolder;
  /** Where a listing can go on behind it; null while a folder that began before it is still open. */
  readonly resumeAfter: string | null;
}

/**
 * The folders of a listing that hold files of a recorder, each when its last file has passed.
 *
 * Holds the folders above the current one, so memory follows the largest folder and not the storage.
 */
export async function* recordingFolders(
  objects: AsyncIterable<ListedObject>,
): AsyncGenerator<PassedFolder, void, undefined> {
  let open: StoredFolder[] = [];
  let lastPath = '';
  for await (const object of objects) {
    // Nearly always the object is one more of the folder that came last.
    const isMore = open.length === 1 && isIn(object.path, open[0]!.dir);
    const closed = isMore ? [] : open.filter(({ dir }) => !isIn(object.path, dir));
    if (closed.length > 0) {
      open = open.filter((folder) => !closed.includes(folder));
      yield* passed(closed, open.length === 0 ? lastPath : null);
    }
    lastPath = object.path;
    const file = parseRecordingPath(object.path);
    if (file === null) continue;
    let folder = open.find(({ dir }) => dir === file.dir);
    if (!folder) {
      const { dir, stream, record, day } = file;
      folder = { dir, stream, record, day, files: [] };
      open.push(folder);
    }
    // Written out: spreading two objects into one takes longer than all else here, a million times.
    folder.files.push({
      dir: file.dir,
      stream: file.stream,
      record: file.record,
      day: file.day,
      kind: file.kind,
      track: file.track,
      seq: file.seq,
      generation: file.generation,
      path: object.path,
      sizeBytes: object.sizeBytes,
      modifiedMs: object.modifiedMs,
      isUploaded: object.isUploaded === true,
      mark: object.mark,
    });
  }
  yield* passed(open, lastPath);
}

function isIn(path: string, dir: string): boolean {
  return path.charCodeAt(dir.length) === SLASH && path.startsWith(dir);
}

/** Only behind the last of those that end together nothing is open. */
function passed(folders: readonly StoredFolder[], resumeAfter: string | null): PassedFolder[] {
  return folders.map((folder, i) => ({
    folder,
    resumeAfter: i === folders.length - 1 ? resumeAfter : null,
  }));
}

/** When the files of a folder were written, milliseconds since the epoch, and their highest number. */
export function extentOf(files: readonly StoredFile[]): { firstMs: number; lastMs: number; lastSeq: number } {
  let firstMs = Infinity;
  let lastMs = -Infinity;
  let lastSeq = 0;
  // Not by Math.max(...): a folder of weeks has more files than a call may have arguments.
  for (const { modifiedMs, seq } of files) {
    firstMs = Math.min(firstMs, modifiedMs);
    lastMs = Math.max(lastMs, modifiedMs);
    lastSeq = Math.max(lastSeq, seq);
  }
  return { firstMs, lastMs, lastSeq };
}

/** Changes with the files of a folder. */
export function signatureOf(files: readonly StoredFile[]): string {
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  return `${files.length} ${extentOf(files).lastMs} ${sizeBytes}`;
}

/** A row of a node's own index, as far as it helps. */
export interface NodeIndexRow {
  stream: string;
  /** Its id, which a folder of the operator's choice does not tell; empty where the index has none. */
  record: string;
  nodeAlias: string | null;
  startUs: number | null;
  status: 'active' | 'completed' | 'failed' | 'unknown';
}

/** Where a node's index may lie in a storage root that was copied as a whole. */
const INDEX_NAMES = ['index.jsonl', 'index.json'];
const MAX_INDEX_BYTES = 64 * 1024 * 1024;
const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;

/** The last row per folder of a node's index in the storage root; empty where there is none. */
export async function readNodeIndex(
  store: ObjectStore,
  options: CallOptions,
): Promise<Map<string, NodeIndexRow>> {
  const rows = new Map<string, NodeIndexRow>();
  for (const name of INDEX_NAMES) {
    if ((await store.stat(name, options)) === null) continue;
    const text = (await store.read(name, 0, MAX_INDEX_BYTES, options)).toString('utf8');
    for (const row of parseIndex(text)) rows.set(row.dir, row);
  }
  return rows;
}

/** JSON lines or one JSON array; lines that cannot be read are left out. */
export function parseIndex(text: string): (NodeIndexRow & { dir: string })[] {
  const whole = tryParse(text);
  const values = Array.isArray(whole) ? whole : text.split('\n').map(tryParse);
  return values.flatMap((value) => {
    if (typeof value !== 'object' || value === null) return [];
    const row = value as Record<string, unknown>;
    if (!isText(row.record_dir) || !isText(row.stream)) return [];
    return {
      dir: row.record_dir,
      stream: row.stream,
      record: isText(row.record) ? row.record : '',
      nodeAlias: isText(row.node_alias) ? row.node_alias : null,
      startUs: isWallTime(row.start_ts) ? row.start_ts : null,
      status: statusOf(row.status),
    };
  });
}

/** No text of the database holds a NUL. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}

function statusOf(status: unknown): NodeIndexRow['status'] {
  if (status === 'Active') return 'active';
  if (status === 'Completed') return 'completed';
  return status === 'Failed' ? 'failed' : 'unknown';
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The manifest of a folder; null where it has none that can be read. */
export async function readFolderManifest(
  store: ObjectStore,
  folder: StoredFolder,
  logger: Logger,
  options: CallOptions,
): Promise<Manifest | null> {
  const file = folder.files.find(({ kind }) => kind === 'manifest');
  if (!file) return null;
  try {
    const bytes = await store.read(file.path, 0, MAX_MANIFEST_BYTES, options);
    return parseManifest(bytes.toString('utf8'));
  } catch (error) {
    // Rewritten in place while it was read, or deleted since it was listed.
    const isPassing = error instanceof AppError && error.code === 'object_missing';
    if (!isPassing && !(error instanceof ManifestError)) throw error;
    logger.debug({ path: file.path, reason: errorMessage(error) }, 'the manifest does not help');
    return null;
  }
}
