import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ExportState } from '../../../src-shared/model/export-job.ts';
import type { Clip, ClipService } from '../playback/clip-service.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { checkClipFile } from './check-clip-file.ts';
import type { ExportChange, ExportRow } from './export-rows.ts';
import { moveToFreeName } from './free-name.ts';
import { writePartFile } from './write-part-file.ts';

export interface RunExportOptions {
  clips: ClipService;
  store: ObjectStore;
  row: ExportRow;
  folder: string;
  signal: AbortSignal;
  onProgress: (writtenBytes: number) => void;
  /** Stores what was found out. */
  save: (change: ExportChange & { state?: ExportState }) => Promise<void>;
}

/**
 * Runs one job to its end: plan, write, read back, name. May be called again after a crash at any point.
 *
 * Rejects when it failed or was aborted; what was written so far is left for the next run.
 */
export async function runExport(options: RunExportOptions): Promise<void> {
  const { clips, row, folder, signal, save } = options;
  await mkdir(folder, { recursive: true });
  const range = { startUs: row.start_ts, endUs: row.end_ts };
  const clip = await clips.clip(row.stream, range, { signal });
  const expected = expectedOf(clip);
  if (await isFinished(row, folder, expected.sizeBytes)) return save({ state: 'done' });
  await save({
    state: 'running',
    sizeBytes: expected.sizeBytes,
    durationUs: clip.durationUs,
    startsEarlyUs: clip.startsEarlyUs,
    gaps: clip.gaps,
    folder,
  });
  const partPath = await writePartFile({ ...options, clip, jobId: row.id });
  await save({ state: 'checking' });
  await checkClipFile(partPath, expected);
  signal.throwIfAborted();
  await moveToFreeName(partPath, folder, clip.fileName, (fileName) => save({ fileName }));
  await save({ state: 'done' });
}

function expectedOf({ layout, durationUs, videoFrames }: Clip) {
  return { sizeBytes: layout.sizeBytes, durationUs, videoFrames };
}

/**
 * Whether an earlier run ended between the naming of the file and the note about it. The name is stored when it
 * is reserved, so a file of that name is ours; an empty one only held the name.
 */
async function isFinished(row: ExportRow, folder: string, sizeBytes: number): Promise<boolean> {
  if (row.file_name === null) return false;
  const filePath = path.join(folder, row.file_name);
  const found = await stat(filePath).catch(() => null);
  if (found?.size === 0) await rm(filePath, { force: true });
  return found?.size === sizeBytes;
}
