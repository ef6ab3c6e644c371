import { hash } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
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
  /** Changes take turns. */
  #turn: Promise<unknown> = Promise.resolve();

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
  add(report: SetAsideReport): Promise<void> {
    return this.#inTurn(async () => {
      // A line of its own also behind one that was cut off.
      const line = `\n${JSON.stringify(report)}\n`;
      await appendDurably(this.path, line);
      this.#sizeBytes += Buffer.byteLength(line);
      this.#count += 1;
      this.#newestReason = report.reason;
    });
  }

  /** What was set aside, oldest first, read as it is taken: with the journal it may be a gigabyte. */
  async *reports(): AsyncGenerator<SetAsideReport> {
    const handle = await open(this.path).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return null;
      throw error;
    });
    if (!handle) return;
    try {
      const input = handle.createReadStream({ encoding: 'utf8', autoClose: false });
      for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
        const report = parseLine(line);
        if (report) yield report;
      }
    } finally {
      await handle.close();
    }
  }

  /** The `limit` oldest, all by default. */
  async read(limit = Number.POSITIVE_INFINITY): Promise<SetAsideReport[]> {
    const found: SetAsideReport[] = [];
    if (limit <= 0) return found;
    for await (const report of this.reports()) {
      found.push(report);
      if (found.length >= limit) break;
    }
    return found;
  }

  /** Takes reports out, or puts others in their place: `change` answers null for those that go. */
  change(change: (report: SetAsideReport) => SetAsideReport | null): Promise<void> {
    return this.#inTurn(async () => {
      // A crash leaves the file as it was, or as it is to be.
      const draftPath = `${this.path}.new`;
      const draft = await open(draftPath, 'w', 0o600);
      let keptCount = 0;
      try {
        for await (const report of this.reports()) {
          const kept = change(report);
          if (!kept) continue;
          await draft.writeFile(`${JSON.stringify(kept)}\n`);
          keptCount += 1;
        }
        await draft.datasync();
      } finally {
        await draft.close();
      }
      if (keptCount > 0) await rename(draftPath, this.path);
      else await Promise.all([this.path, draftPath].map((path) => rm(path, { force: true })));
      await this.#look();
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  async #look(): Promise<void> {
    this.#count = 0;
    this.#newestReason = null;
    for await (const { reason } of this.reports()) {
      this.#count += 1;
      this.#newestReason = reason;
    }
    this.#sizeBytes = this.#count === 0 ? 0 : (await stat(this.path)).size;
  }
}

/** A name made from what a report says, which a new reason does not change. */
export function setAsideId({ arrivedAtUs, report }: JournalEntry): string {
  return hash('sha256', JSON.stringify([arrivedAtUs, report])).slice(0, 24);
}

async function appendDurably(path: string, text: string): Promise<void> {
  const handle = await open(path, 'a', 0o600);
  try {
    await handle.writeFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
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
