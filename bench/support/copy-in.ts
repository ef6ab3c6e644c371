import type pg from 'pg';

/** The few members of a connection of `pg` that COPY needs. */
interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

const CHUNK_BYTES = 64 * 1024;

/** `COPY ... FROM STDIN` of a text that is there as a whole; `pg` has the protocol but no call for it. */
export function copyIn(client: pg.ClientBase, statement: string, text: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: unknown;
    const query = {
      submit: (connection: CopyConnection) => connection.query(statement),
      handleCopyInResponse: (connection: CopyConnection) => {
        for (let at = 0; at < text.length; at += CHUNK_BYTES) {
          connection.sendCopyFromChunk(text.subarray(at, at + CHUNK_BYTES));
        }
        connection.endCopyFrom();
      },
      handleCommandComplete: () => {},
      handleError: (error: unknown) => {
        failure = error;
      },
      handleReadyForQuery: () => (failure === undefined ? resolve() : reject(failure)),
    };
    client.query(query as unknown as pg.Submittable);
  });
}
