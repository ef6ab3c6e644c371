import { appendFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../base/errors.ts';
import { withFileLock } from '../base/file-lock.ts';
import { replaceFile } from '../secrets/replace-file.ts';
import type { AuditNote } from './audit-note.ts';
import { type AuditRow, rowOf } from './audit-row.ts';

/** Entries of a file, and how much of it they are. */
export interface KeptEntries {
  readonly rows: readonly AuditRow[];
  readonly sizeBytes: number;
}

/**
 * Entries that could not be written to the database yet: `audit-waiting.jsonl` in the data folder, a line for each.
 *
 * A manager puts there what waits while the database is away, commands what they do; the next manager on this folder that
 * reaches the database takes it up. All methods reject with errors of the file system.
 */
export class AuditBacklog {
  readonly #path: string;

  constructor(dataDir: string) {
    this.#path = join(dataDir, 'audit-waiting.jsonl');
  }

  /** For what is not done over HTTP. */
  async note(note: AuditNote): Promise<void> {
    await this.append([rowOf(note)]);
  }

  async append(rows: readonly AuditRow[]): Promise<void> {
    if (rows.length === 0) return;
    const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    await withFileLock(this.#path, () => appendFile(this.#path, text, { mode: 0o600 }));
  }

  async read(): Promise<KeptEntries> {
    const bytes = await readFile(this.#path).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return Buffer.alloc(0);
      throw error;
    });
    const rows = bytes.toString('utf8').split('\n').flatMap(parseRow);
    return { rows, sizeBytes: bytes.length };
  }

  /** Takes away what was read; what came meanwhile stays. */
  async drop({ sizeBytes }: KeptEntries): Promise<void> {
    await withFileLock(this.#path, async () => {
      const bytes = await readFile(this.#path);
      if (bytes.length <= sizeBytes) await rm(this.#path, { force: true });
      else await replaceFile(this.#path, bytes.subarray(sizeBytes).toString('utf8'));
    });
  }
}

/** A line that was cut off by a crash is none. */
function parseRow(line: string): AuditRow[] {
  try {
    const row = JSON.parse(line) as AuditRow;
    if (typeof row.id !== 'string' || typeof row.action !== 'string') return [];
    return [{ ...row, at: new Date(row.at), last_at: new Date(row.last_at) }];
  } catch {
    return [];
  }
}
