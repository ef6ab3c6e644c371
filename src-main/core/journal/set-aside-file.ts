import { hash } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
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
      await writeDurably(this.path, line, 'a');
      this.#sizeBytes += Buffer.byteLength(line);
      this.#count += 1;
      this.#newestReason = report.reason;
    });
  }

  /** All that was set aside, oldest first. */
  async read(): Promise<SetAsideReport[]> {
    const text = await readFile(this.path, 'utf8').catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return '';
      throw error;
    });
    return text.split('\n').flatMap((line) => parseLine(line) ?? []);
  }

  /** Takes reports out, or puts others in their place: `change` answers null for those that go. */
  change(change: (report: SetAsideReport) => SetAsideReport | null): Promise<void> {
    return this.#inTurn(async () => {
      const kept = (await this.read()).flatMap((report) => change(report) ?? []);
      if (kept.length === 0) await rm(this.path, { force: true });
      else {
        // A crash leaves the file as it was, or as it is to be.
        const draft = `${this.path}.new`;
        await writeDurably(draft, kept.map((report) => `${JSON.stringify(report)}\n`).join(''), 'w');
        await rename(draft, this.path);
      }
      await this.#look();
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  async #look(): Promise<void> {
    const reports = await this.read();
    this.#count = reports.length;
    this.#newestReason = reports.at(-1)?.reason ?? null;
    this.#sizeBytes = reports.length === 0 ? 0 : (await stat(this.path)).size;
  }
}

/** A name made from what a report says, which a new reason does not change. */
export function setAsideId({ arrivedAtUs, report }: JournalEntry): string {
  return hash('sha256', JSON.stringify([arrivedAtUs, report])).slice(0, 24);
}

async function writeDurably(path: string, text: string, flags: 'a' | 'w'): Promise<void> {
  const handle = await open(path, flags, 0o600);
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
