import { CompiledQuery, type Kysely } from 'kysely';
import type pg from 'pg';

/** What COPY is to send, in its text format; stands where a query has its values. */
export class CopyText {
  constructor(readonly bytes: Buffer) {}
}

/** The few members of a connection of `pg` that COPY needs. */
interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

const CHUNK_BYTES = 128 * 1024;

/**
 * Runs `COPY ... FROM STDIN` on a connection or transaction of our pool (see `ObservedPool`).
 *
 * Rejects as a query does; nothing of the text is in the table then.
 */
export async function copyInto(db: Kysely<never>, statement: string, text: Buffer): Promise<void> {
  await db.executeQuery(CompiledQuery.raw(statement, [new CopyText(text)]));
}

/** `COPY ... FROM STDIN` as a query that `pg` can run, which has the protocol but no call for it. */
export class CopyQuery implements pg.Submittable {
  /** Set by `pg`, around ours, where it limits the time. */
  callback: (error: unknown, result?: { command: string; rows: []; rowCount: null }) => void;
  #error: unknown;

  constructor(
    private readonly statement: string,
    private readonly text: CopyText,
    callback: CopyQuery['callback'],
  ) {
    this.callback = callback;
  }

  submit(connection: unknown): void {
    (connection as CopyConnection).query(this.statement);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    const { bytes } = this.text;
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      connection.sendCopyFromChunk(bytes.subarray(at, at + CHUNK_BYTES));
    }
    connection.endCopyFrom();
  }

  handleCommandComplete(): void {}

  /** Also called when the connection is lost, after which nothing else comes. */
  handleError(error: unknown): void {
    this.#error = error;
    this.callback(error);
  }

  handleReadyForQuery(): void {
    if (this.#error === undefined) this.callback(null, { command: 'COPY', rows: [], rowCount: null });
  }
}

/** A text as a field of COPY's text format. */
export function copyField(text: string): string {
  return /[\\\t\n\r]/.test(text) ? text.replace(/[\\\t\n\r]/g, (char) => ESCAPES[char] ?? char) : text;
}

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
