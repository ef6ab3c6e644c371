import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ExportJob } from '../../../src-shared/model/export-job.ts';
import { mergeRanges, type TimeRange } from '../../../src-shared/model/time-range.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import type { ClipService } from '../playback/clip-service.ts';
import type { CallOptions, ObjectStore } from '../storage/object-store.ts';
import { ExportQueue } from './export-queue.ts';
import { type ExportRow, ExportRows } from './export-rows.ts';
import { isAtWork, type ToldProgress } from './peer-progress.ts';

export interface ExportServiceOptions {
  database: Database;
  clips: ClipService;
  store: ObjectStore;
  /** Where clips are written; made when the first one is. */
  folder: string;
  /** Our own id among the managers of the database. */
  managerId: string;
  /** Names of the computers of managers, by id. */
  hostsOf: (managerIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  clock: Clock;
  logger: Logger;
}

/** What an export would give. */
export interface ExportPreview {
  sizeBytes: number;
  durationUs: number;
  startsEarlyUs: number;
  videoFrames: number;
  gaps: TimeRange[];
  /** One entry; several where the codec changes, one file each. */
  parts: TimeRange[];
  warnings: string[];
}

export interface ExportFile {
  path: string;
  fileName: string;
  sizeBytes: number;
  /** Strong validator, without quotes. */
  etag: string;
}

export interface ExportChange {
  id: string;
  /** Null when it was taken off the list. */
  job: ExportJob | null;
}

/** Clips written to disk. Methods with an id throw not_found, and conflict where the job is in another state. */
export interface ExportService {
  /** One job per part of one codec configuration. Errors as `ClipService.clip` without codec_change. */
  create(stream: string, range: TimeRange, options?: CallOptions): Promise<ExportJob[]>;
  preview(stream: string, range: TimeRange, options?: CallOptions): Promise<ExportPreview>;
  /** The job, or null when it is not on the list. */
  find(id: string): Promise<ExportJob | null>;
  /** Newest first. */
  list(): Promise<ExportJob[]>;
  /** Stops a waiting or running job and removes what was written. */
  cancel(id: string): Promise<ExportJob>;
  /** Starts a failed or cancelled job again. */
  retry(id: string): Promise<ExportJob>;
  /** Takes a job that came to an end off the list; its file stays. */
  remove(id: string): Promise<void>;
  /** The finished file; object_missing when somebody moved or deleted it. */
  file(id: string): Promise<ExportFile>;
  /** Another manager changed these jobs (null: any of them): tells listeners, and stops what it cancelled here. */
  noteForeignChange(ids: ReadonlySet<string> | null): Promise<void>;
  /** Another manager told how far a job of its own is. */
  noteForeignProgress(told: ToldProgress): Promise<void>;
  /** At most four calls a second while a job runs. Returns what ends the subscription. */
  onDidChange(listener: (change: ExportChange) => void): () => void;
  /** Stops running jobs where they are; they go on after the next start. */
  close(): Promise<void>;
}

/** Opens the list of exports on a migrated database and takes up the jobs that an earlier run left. */
export function createExportService(options: ExportServiceOptions): ExportService {
  const { clips, folder, hostsOf, managerId } = options;
  /** Computers of other managers, by id. */
  const hosts = new Map<string, string>();
  /** How far jobs of other managers are, by id. */
  const foreign = new Map<string, Progress>();
  const rows = new ExportRows(options.database);
  const listeners = new Set<(change: ExportChange) => void>();
  const emit = (change: ExportChange) => {
    for (const listener of listeners) listener(change);
  };
  const tell = (row: ExportRow): ExportJob => {
    const job = jobOf(row);
    emit({ id: job.id, job });
    return job;
  };
  const queue: ExportQueue = new ExportQueue({ ...options, rows, onChange: tell });
  const jobOf = (row: ExportRow): ExportJob =>
    exportJob(row, (isAtWork(row) && foreign.get(row.id)) || queue.progress(row.id), hostOf(row));
  queue.resume();

  function hostOf({ manager_id: owner }: ExportRow): string | null {
    return owner === null || owner === managerId ? null : (hosts.get(owner) ?? 'another computer');
  }

  async function learnHosts(rows: readonly ExportRow[]): Promise<void> {
    const owners = rows.flatMap(({ manager_id: owner }) =>
      owner === null || owner === managerId || hosts.has(owner) ? [] : [owner],
    );
    for (const [id, host] of await hostsOf([...new Set(owners)])) hosts.set(id, host);
  }

  async function found(id: string): Promise<ExportRow> {
    const row = await rows.find(id);
    if (!row)
      throw new AppError('not_found', `There is no export ${id}; it may have been taken off the list.`);
    await learnHosts([row]);
    return row;
  }

  return {
    async create(stream, range, { signal } = {}) {
      const parts = await clips.parts(stream, range, { signal });
      const created = await rows.insert(stream, parts, folder, managerId);
      const jobs = created.map(tell);
      for (const row of created) queue.add(row);
      return jobs;
    },
    preview: (stream, range, { signal } = {}) => previewOf(clips, stream, range, signal),
    async find(id) {
      const row = await rows.find(id);
      if (row) await learnHosts([row]);
      return row ? jobOf(row) : null;
    },
    async list() {
      const all = await rows.list();
      await learnHosts(all);
      return all.map(jobOf);
    },
    async cancel(id) {
      const cancelled = await queue.cancel(id);
      if (!cancelled) throw inState(await found(id), 'cancelled');
      return jobOf(cancelled);
    },
    async retry(id) {
      const waiting = await rows.update(
        id,
        { state: 'waiting', finishedAt: null, error: null, fileName: null, folder, managerId },
        ['failed', 'cancelled'],
      );
      if (!waiting) throw inState(await found(id), 'started again');
      const job = tell(waiting);
      queue.add(waiting);
      return job;
    },
    async remove(id) {
      const row = await found(id);
      if (!['done', 'failed', 'cancelled'].includes(row.state))
        throw inState(row, 'removed; cancel it first');
      await rows.remove(id);
      emit({ id, job: null });
    },
    async file(id) {
      const row = await found(id);
      if (row.state !== 'done' || row.folder === null || row.file_name === null)
        throw inState(row, 'downloaded');
      const host = hostOf(row);
      if (host !== null) {
        throw new AppError(
          'object_missing',
          `${row.file_name} lies on ${host}, in ${row.folder}. Download it from the Liveman there.`,
        );
      }
      const filePath = path.join(row.folder, row.file_name);
      const info = await stat(filePath).catch(() => null);
      if (!info?.isFile()) {
        throw new AppError('object_missing', `${filePath} is no longer there; somebody moved or deleted it.`);
      }
      const etag = `${info.size.toString(16)}-${Math.round(info.mtimeMs).toString(16)}`;
      return { path: filePath, fileName: row.file_name, sizeBytes: info.size, etag };
    },
    async noteForeignChange(ids) {
      await queue.recheck();
      const changed = ids ? await rows.those(ids) : await rows.list();
      await learnHosts(changed);
      for (const row of changed) {
        if (!isAtWork(row)) foreign.delete(row.id);
        emit({ id: row.id, job: jobOf(row) });
      }
      const found = new Set(changed.map((row) => row.id));
      for (const id of ids ?? []) if (!found.has(id)) emit({ id, job: null });
    },
    async noteForeignProgress([id, writtenBytes, bytesPerSecond]) {
      const row = await rows.find(id);
      if (!row || !isAtWork(row) || hostOf(row) === null) return;
      await learnHosts([row]);
      foreign.set(id, { writtenBytes, bytesPerSecond });
      emit({ id, job: jobOf(row) });
    },
    onDidChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => queue.close(),
  };
}

interface Progress {
  readonly writtenBytes: number;
  readonly bytesPerSecond: number | null;
}

async function previewOf(
  clips: ClipService,
  stream: string,
  range: TimeRange,
  signal: AbortSignal | undefined,
): Promise<ExportPreview> {
  const parts = await clips.parts(stream, range, { signal });
  const preview: ExportPreview = {
    sizeBytes: 0,
    durationUs: 0,
    startsEarlyUs: 0,
    videoFrames: 0,
    gaps: [],
    parts,
    warnings: [],
  };
  const gaps: TimeRange[] = [];
  const warnings = new Set<string>();
  for (const [i, part] of parts.entries()) {
    const clip = await clips.clip(stream, part, { signal });
    preview.sizeBytes += clip.layout.sizeBytes;
    preview.durationUs += clip.durationUs;
    preview.videoFrames += clip.videoFrames;
    if (i === 0) preview.startsEarlyUs = clip.startsEarlyUs;
    gaps.push(...clip.gaps);
    for (const warning of clip.warnings) warnings.add(warning);
  }
  return { ...preview, gaps: mergeRanges(gaps), warnings: [...warnings] };
}

function exportJob(row: ExportRow, progress: Progress, host: string | null): ExportJob {
  return {
    id: row.id,
    host,
    stream: row.stream,
    startUs: row.start_ts,
    endUs: row.end_ts,
    state: row.state,
    createdAtMs: row.created_at.getTime(),
    finishedAtMs: row.finished_at?.getTime() ?? null,
    sizeBytes: row.size_bytes,
    writtenBytes: row.state === 'done' ? (row.size_bytes ?? 0) : progress.writtenBytes,
    bytesPerSecond: row.state === 'running' ? progress.bytesPerSecond : null,
    fileName: row.file_name,
    folder: row.folder,
    durationUs: row.duration_us,
    startsEarlyUs: row.starts_early_us,
    gaps: row.gaps,
    error: row.error,
  };
}

function inState(row: ExportRow, wish: string): AppError {
  return new AppError('conflict', `The export is ${row.state}; it cannot be ${wish}.`);
}
