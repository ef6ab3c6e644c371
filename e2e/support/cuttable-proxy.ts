import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a database that can be cut, or be left open without anything going through. */
export class CuttableProxy {
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  #isStalled = false;

  constructor(url: string) {
    this.#target = new URL(url);
  }

  /** The database's URL by this way; known once it has listened. */
  get url(): string {
    const url = new URL(this.#target);
    url.hostname = '127.0.0.1';
    url.port = String(this.#port);
    return url.href;
  }

  /** Opens the way, always at the same port. */
  async listen(): Promise<void> {
    this.#isStalled = false;
    const server = createServer((socket) => {
      if (this.#isStalled) {
        this.#sockets.add(socket.on('error', () => {}));
        return;
      }
      const upstream = connect(Number(this.#target.port), this.#target.hostname);
      for (const each of [socket, upstream]) {
        this.#sockets.add(each);
        each.on('error', () => {});
        each.on('close', () => this.#sockets.delete(each));
      }
      socket.pipe(upstream).pipe(socket);
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Nothing goes through any more, and nobody is told: as with a network that drops packets. */
  stall(): void {
    this.#isStalled = true;
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.pause();
    }
  }

  /** Ends every connection and takes no new ones. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    if (server) await new Promise((resolve) => server.close(resolve));
  }
}
