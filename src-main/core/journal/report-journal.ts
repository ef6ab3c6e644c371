import { type FileHandle, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { JournalStatus } from '../../../src-shared/model/system-status.ts';
import { US_PER_MS } from '../../../src-shared/util/units.ts';
import { AppError, errorCode, errorMessage } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import { claimOwnership, type Ownership } from '../db/owner-lock.ts';
import {
  createFile,
  type JournalFile,
  keepDamaged,
  noteEntry,
  openFolder,
  removeFile,
} from './journal-files.ts';
import { decodeRecords, encodeRecord, entryOf, type JournalEntry } from './journal-record.ts';
import { SetAsideFile } from './set-aside-file.ts';

export interface ReportJournalOptions {
  /** Folder for this journal alone; made when absent. */
  folder: string;
  /** What all files together may take; 0 for no journal. */
  maxBytes: number;
  logger: Logger;
  nowMs: () => number;
}

/** A file is drained as a whole, and after a crash from its start. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;
const FULL_WORDS = 'segments.journal_max_bytes';

interface Waiting {
  bytes: Buffer;
  entry: JournalEntry;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Reports that are acknowledged but not in the database yet, in append-only files that are flushed to the disk before
 * an append resolves. Appends that wait for the same flush share it.
 *
 * What was written and never acknowledged may be read back too: repeats are for the reader to know.
 */
export class ReportJournal implements Closeable {
  readonly setAside: SetAsideFile;
  readonly logger: Logger;
  readonly #options: ReportJournalOptions;
  readonly #ownership: Ownership;
  /** Oldest first; the last one may be the one that is written to. */
  readonly #files: JournalFile[];
  readonly #queue: Waiting[] = [];
  #queuedBytes = 0;
  /** Appends that have not resolved. */
  #appendingCount = 0;
  #active: { file: JournalFile; handle: FileHandle } | null = null;
  #nextNo: number;
  #writeProblem: string | null = null;
  #damagedPath: string | null;
  /** Writing, sealing and removing take turns. */
  #turn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  private constructor(
    options: ReportJournalOptions,
    ownership: Ownership,
    { files, damagedPath }: Awaited<ReturnType<typeof openFolder>>,
    setAside: SetAsideFile,
  ) {
    this.#options = options;
    this.#ownership = ownership;
    this.#files = files;
    this.#damagedPath = damagedPath;
    this.#nextNo = (files.at(-1)?.no ?? 0) + 1;
    this.setAside = setAside;
    this.logger = options.logger;
  }

  /** Throws `conflict` when another live manager uses the folder, `storage_unavailable` when it cannot be used. */
  static async open(options: ReportJournalOptions): Promise<ReportJournal> {
    const { folder, logger, nowMs } = options;
    let ownership: Ownership | undefined;
    try {
      const found = await openFolder(folder);
      ownership = await claimOwnership(folder, nowMs(), 'journal folder');
      const setAside = await SetAsideFile.open(path.join(folder, 'set-aside.jsonl'));
      const journal = new ReportJournal(options, ownership, found, setAside);
      const { entryCount, usedBytes } = journal.status();
      if (entryCount > 0)
        logger.info({ entryCount, usedBytes }, 'the journal holds reports of an earlier run');
      return journal;
    } catch (error) {
      await ownership?.release();
      if (error instanceof AppError) throw error;
      throw new AppError(
        'storage_unavailable',
        `The journal folder ${folder} cannot be used (${errorCode(error) ?? errorMessage(error)}). ` +
          'Make it writable, or choose another data folder with --data.',
        { cause: error },
      );
    }
  }

  /** Whether no report waits for the database; those being appended count. */
  get isEmpty(): boolean {
    return this.#appendingCount === 0 && this.#files.every(({ entryCount }) => entryCount === 0);
  }

  /** What waits, in bytes. */
  get waitingBytes(): number {
    return this.#queuedBytes + this.#files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  status(): JournalStatus {
    const { maxBytes } = this.#options;
    const usedBytes = this.waitingBytes + this.setAside.sizeBytes;
    const oldest = this.#files.find(({ oldestUs }) => oldestUs !== null)?.oldestUs ?? null;
    return {
      entryCount: this.#files.reduce((sum, { entryCount }) => sum + entryCount, 0),
      segmentCount: this.#files.reduce((sum, { segmentCount }) => sum + segmentCount, 0),
      usedBytes,
      maxBytes,
      oldestAtMs: oldest === null ? null : Math.round(oldest / US_PER_MS),
      setAsideCount: this.setAside.count,
      setAsideReason: this.setAside.newestReason,
      problem: this.#writeProblem ?? damageWords(this.#damagedPath),
    };
  }

  /**
   * Resolves when the report is on the disk.
   *
   * Throws `database_unavailable` when the journal is full, off, closed or cannot be written: the report is not kept
   * then, as far as the caller may say.
   */
  append(entry: JournalEntry): Promise<void> {
    const { maxBytes } = this.#options;
    const bytes = encodeRecord(entry);
    if (this.#isClosed) return Promise.reject(refusal('the manager is stopping; report again'));
    if (this.waitingBytes + this.setAside.sizeBytes + bytes.length > maxBytes) {
      const words =
        maxBytes === 0
          ? `there is no journal (${FULL_WORDS} is 0)`
          : `the journal in ${this.#options.folder} is full (${FULL_WORDS} is ${maxBytes}); report again later`;
      return Promise.reject(refusal(words));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ bytes, entry, resolve, reject });
      this.#queuedBytes += bytes.length;
      this.#appendingCount += 1;
      if (this.#queue.length === 1) void this.#inTurn(() => this.#flush());
    });
  }

  /** The oldest file with what is in it, no longer written to; null when nothing waits. */
  async oldest(): Promise<{ file: JournalFile; entries: JournalEntry[]; isDamaged: boolean } | null> {
    const file = await this.#inTurn(async () => {
      await this.#dropEmpty();
      const oldest = this.#files[0];
      if (oldest && oldest === this.#active?.file) await this.#seal();
      return oldest ?? null;
    });
    if (file === null) return null;
    const { records, state, goodBytes } = decodeRecords(await readFile(file.path));
    if (state !== 'whole') {
      const fields = { file: file.path, goodBytes, sizeBytes: file.sizeBytes };
      if (state === 'torn') this.logger.info(fields, 'a report was cut off before it was acknowledged');
      else this.logger.error(fields, 'a journal file is damaged; what cannot be read of it is lost');
    }
    return { file, entries: records.map(entryOf), isDamaged: state === 'damaged' };
  }

  /** Forgets a file whose reports are all in the database or set aside. */
  async done(file: JournalFile, isDamaged: boolean): Promise<void> {
    await this.#inTurn(async () => {
      if (isDamaged) this.#damagedPath = await keepDamaged(file);
      else await removeFile(file);
      const index = this.#files.indexOf(file);
      if (index >= 0) this.#files.splice(index, 1);
    });
  }

  /** Waits for what is being appended. Later appends are refused. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#inTurn(() => this.#seal());
    await this.#inTurn(() => this.#dropEmpty());
    await this.#ownership.release();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  async #flush(): Promise<void> {
    const batch = this.#queue.splice(0);
    const bytes = Buffer.concat(batch.map((waiting) => waiting.bytes));
    try {
      if (this.#active && this.#active.file.sizeBytes >= MAX_FILE_BYTES) await this.#seal();
      const { file, handle } = await this.#activeFile();
      await writeFully(handle, bytes);
      await handle.datasync();
      file.sizeBytes += bytes.length;
      for (const { entry } of batch) noteEntry(file, entry.arrivedAtUs, entry.report.segments.length);
      this.#writeProblem = null;
      for (const { resolve } of batch) resolve();
    } catch (error) {
      const reason = errorCode(error) ?? errorMessage(error);
      this.#writeProblem = `The journal in ${this.#options.folder} cannot be written (${reason}).`;
      this.logger.error({ reason }, 'the journal cannot be written');
      await this.#abandonActive();
      for (const { reject } of batch)
        reject(refusal(`the journal cannot be written either (${reason})`, error));
    } finally {
      // They have counted until the file has them.
      this.#queuedBytes -= bytes.length;
      this.#appendingCount -= batch.length;
    }
  }

  async #activeFile(): Promise<{ file: JournalFile; handle: FileHandle }> {
    if (this.#active === null) {
      const no = this.#nextNo;
      this.#nextNo += 1;
      this.#active = await createFile(this.#options.folder, no);
      this.#files.push(this.#active.file);
    }
    return this.#active;
  }

  /** After a failed write nothing is known of what stands behind the last good record, so no more is added to it. */
  async #abandonActive(): Promise<void> {
    const active = this.#active;
    this.#active = null;
    if (active === null) return;
    await active.handle.truncate(active.file.sizeBytes).catch(() => {});
    await active.handle.close().catch(() => {});
  }

  async #seal(): Promise<void> {
    const active = this.#active;
    this.#active = null;
    await active?.handle.close();
  }

  async #dropEmpty(): Promise<void> {
    // Not those without a record that can be read: they may have had some.
    for (const file of this.#files.filter((each) => each.sizeBytes === 0 && each !== this.#active?.file)) {
      await removeFile(file);
      this.#files.splice(this.#files.indexOf(file), 1);
    }
  }
}

function damageWords(damagedPath: string | null): string | null {
  if (damagedPath === null) return null;
  return `A part of the journal could not be read and was kept as ${damagedPath}; remove it when it is of no use.`;
}

function refusal(words: string, cause?: unknown): AppError {
  return new AppError('database_unavailable', `The database cannot be used, and ${words}.`, { cause });
}

async function writeFully(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, at);
    at += bytesWritten;
  }
}
