import { open, readFile, rm, stat } from 'node:fs/promises';
import { errorCode } from '../base/errors.ts';
import type { JournalEntry } from './journal-record.ts';

/** A report that the database refuses for a reason of its own. */
export interface SetAsideReport extends JournalEntry {
  reason: string;
}

/** Reports that could not be indexed, one line of JSON each, so that they hold up no others and are not lost. */
export class SetAsideFile {
  #sizeBytes = 0;
  #count = 0;
  #newestReason: string | null = null;

  private constructor(readonly path: string) {}

  static async open(path: string): Promise<SetAsideFile> {
    const file = new SetAsideFile(path);
    await file.#look();
    return file;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get count(): number {
    return this.#count;
  }

  get newestReason(): string | null {
    return this.#newestReason;
  }

  /** Resolves when the report is on the disk. */
  async add(report: SetAsideReport): Promise<void> {
    // A line of its own also behind one that was cut off.
    const line = `\n${JSON.stringify(report)}\n`;
    const handle = await open(this.path, 'a', 0o600);
    try {
      await handle.write(line);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    this.#sizeBytes += Buffer.byteLength(line);
    this.#count += 1;
    this.#newestReason = report.reason;
  }

  /** All that was set aside, oldest first. */
  async read(): Promise<SetAsideReport[]> {
    const text = await readFile(this.path, 'utf8').catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return '';
      throw error;
    });
    return text.split('\n').flatMap((line) => parseLine(line) ?? []);
  }

  async clear(): Promise<void> {
    await rm(this.path, { force: true });
    this.#sizeBytes = 0;
    this.#count = 0;
    this.#newestReason = null;
  }

  async #look(): Promise<void> {
    const reports = await this.read();
    this.#count = reports.length;
    this.#newestReason = reports.at(-1)?.reason ?? null;
    this.#sizeBytes = reports.length === 0 ? 0 : (await stat(this.path)).size;
  }
}

function parseLine(line: string): SetAsideReport | null {
  if (line === '') return null;
  try {
    return JSON.parse(line) as SetAsideReport;
  } catch {
    // Cut off by a crash: it stands in the journal still.
    return null;
  }
}
