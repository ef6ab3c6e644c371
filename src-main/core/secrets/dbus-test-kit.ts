import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** One argument of a call: its D-Bus type and value. `(oayays)` is the Secret struct, its bytes given as text. */
export type DbusArgument =
  | readonly ['s' | 'o', string]
  | readonly ['ao', readonly string[]]
  | readonly ['vs', string]
  | readonly ['secret', { readonly session: string; readonly value: string }];

const SIGNATURES = { s: 's', o: 'o', ao: 'ao', vs: 'v', secret: '(oayays)' } as const;
const REPLY_LIMIT_MS = 10_000;

/**
 * As much of a D-Bus client as unlocking a keyring needs: command-line tools lose their session with each call.
 *
 * `call` resolves with the raw bytes of the reply and rejects with the name of an error.
 */
export class DbusConnection {
  #serial = 0;

  private constructor(private readonly socket: Socket) {}

  static async open(address: string): Promise<DbusConnection> {
    const path = /unix:path=([^,;]+)/.exec(address)?.[1];
    if (!path) throw new Error(`Not a Unix socket: ${address}`);
    const socket = connect(path);
    await once(socket, 'connect');
    const uid = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex');
    socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
    await once(socket, 'data');
    socket.write('BEGIN\r\n');
    const connection = new DbusConnection(socket);
    await connection.call('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus.Hello', []);
    return connection;
  }

  async call(
    destination: string,
    path: string,
    method: string,
    args: readonly DbusArgument[],
  ): Promise<Buffer> {
    this.#serial += 1;
    const at = method.lastIndexOf('.');
    const fields: [number, string, string][] = [
      [1, 'o', path],
      [2, 's', method.slice(0, at)],
      [3, 's', method.slice(at + 1)],
      [6, 's', destination],
      [8, 'g', args.map(([type]) => SIGNATURES[type]).join('')],
    ];
    const body = new Writer();
    for (const argument of args) writeArgument(body, argument);
    const header = new Writer();
    for (const [code, type, value] of fields) {
      header.align(8).byte(code).signature(type);
      if (type === 'g') header.signature(value);
      else header.text(value);
    }
    const start = new Writer().byte('l'.charCodeAt(0)).byte(1).byte(0).byte(1);
    start.number(body.length).number(this.#serial).number(header.length).raw(header.bytes()).align(8);
    this.socket.write(Buffer.concat([start.bytes(), body.bytes()]));
    return this.#reply(this.#serial);
  }

  close(): void {
    this.socket.destroy();
  }

  /** Reads until the reply with this serial is there as a whole; signals in between are left out. */
  async #reply(serial: number): Promise<Buffer> {
    const signal = AbortSignal.timeout(REPLY_LIMIT_MS);
    let bytes = Buffer.alloc(0);
    for (;;) {
      while (bytes.length >= 16) {
        const length = 16 + Math.ceil(bytes.readUInt32LE(12) / 8) * 8 + bytes.readUInt32LE(4);
        if (bytes.length < length) break;
        const message = bytes.subarray(0, length);
        bytes = bytes.subarray(length);
        // REPLY_SERIAL is the header field 5 of type u.
        const mark = message.indexOf(Buffer.from([5, 1, 'u'.charCodeAt(0), 0]));
        if (mark < 0 || message.readUInt32LE(mark + 4) !== serial) continue;
        if (message[1] === 3) throw new Error(/org\.[\w.]+Error[\w.]*/.exec(message.toString('latin1'))?.[0]);
        return message;
      }
      const [chunk] = (await once(this.socket, 'data', { signal })) as [Buffer];
      bytes = Buffer.concat([bytes, chunk]);
    }
  }
}

function writeArgument(body: Writer, argument: DbusArgument): void {
  switch (argument[0]) {
    case 's':
    case 'o':
      body.text(argument[1]);
      return;
    case 'vs':
      body.signature('s').text(argument[1]);
      return;
    case 'ao': {
      const items = new Writer();
      for (const item of argument[1]) items.text(item);
      body.number(items.length).raw(items.bytes());
      return;
    }
    case 'secret': {
      const { session, value } = argument[1];
      const bytes = Buffer.from(value);
      body.align(8).text(session).number(0).number(bytes.length).raw(bytes).text('text/plain');
    }
  }
}

/** Little-endian D-Bus marshalling. */
class Writer {
  readonly #parts: Buffer[] = [];
  length = 0;

  raw(bytes: Buffer): this {
    this.#parts.push(bytes);
    this.length += bytes.length;
    return this;
  }

  align(to: number): this {
    return this.raw(Buffer.alloc((to - (this.length % to)) % to));
  }

  byte(value: number): this {
    return this.raw(Buffer.from([value]));
  }

  number(value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return this.align(4).raw(bytes);
  }

  text(value: string): this {
    const bytes = Buffer.from(`${value}\0`);
    return this.number(bytes.length - 1).raw(bytes);
  }

  signature(value: string): this {
    return this.byte(value.length).raw(Buffer.from(`${value}\0`));
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
