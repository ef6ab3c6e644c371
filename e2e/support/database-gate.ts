import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a database that a test can close and open again. */
export interface DatabaseGate {
  /** The URL of the database through the gate. */
  readonly url: string;
  /** `open`; `cut`: connections are reset and refused; `stalled`: they are taken and nothing comes back. */
  set(state: 'open' | 'cut' | 'stalled'): void;
  /**
   * Calls `blow` when so many more pieces have come from clients; the last of them has got to the database then, or
   * is lost. Its connection waits for the end of the blow, with which this resolves.
   */
  strikeAfter(pieces: number, isLastLost: boolean, blow: () => void | Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Puts a gate before the database of a URL. */
export async function startDatabaseGate(url: string): Promise<DatabaseGate> {
  const target = new URL(url);
  let state: 'open' | 'cut' | 'stalled' = 'open';
  let due: { left: number; readonly isLastLost: boolean; readonly strike: () => Promise<void> } | undefined;
  const pairs = new Set<{ client: Socket; server: Socket }>();
  const server = createServer((client) => {
    client.on('error', () => {});
    if (state === 'cut') return client.resetAndDestroy();
    const pair = { client, server: connect(Number(target.port), target.hostname) };
    pairs.add(pair);
    pair.server.on('error', () => client.destroy());
    for (const [from, to] of [
      [client, pair.server],
      [pair.server, client],
    ] as const) {
      from.on('data', (chunk) => {
        if (state !== 'open') return;
        const blow = from === client && due && --due.left <= 0 ? due : undefined;
        if (!blow?.isLastLost) to.write(chunk);
        if (!blow) return;
        due = undefined;
        from.pause();
        void blow.strike().finally(() => from.resume());
      });
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const through = new URL(url);
  through.port = String((server.address() as AddressInfo).port);
  const drop = () => {
    for (const pair of pairs) {
      pair.client.resetAndDestroy();
      pair.server.destroy();
    }
  };
  return {
    url: through.href,
    set: (next) => {
      // What was swallowed would leave a connection out of step.
      if (next === 'cut' || state === 'stalled') drop();
      state = next;
    },
    strikeAfter: (left, isLastLost, blow) =>
      new Promise((resolve, reject) => {
        const strike = async () => {
          await Promise.resolve(blow()).then(resolve, reject);
        };
        due = { left, isLastLost, strike };
      }),
    close: async () => {
      drop();
      server.close();
      await once(server, 'close');
    },
  };
}
