import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Server } from 'node:https';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { MS_PER_DAY, MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Clock } from '../base/clock.ts';
import { AppError, errorCode, errorMessage } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';

export interface TlsFilesOptions {
  readonly cert: string;
  readonly key: string;
  /** Relative paths start here. */
  readonly cwd: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How often the files are looked at. */
  readonly lookEveryMs?: number;
}

/** A certificate with its key, as it is served. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
  /** The names it is for: `DNS:liveman.example.com, IP Address:192.0.2.1`. */
  readonly names: string;
  readonly expiresMs: number;
}

/** How the certificate of the endpoint is. */
export interface TlsState {
  readonly certPath: string;
  readonly keyPath: string;
  readonly names: string;
  readonly expiresMs: number;
  /** What is wrong with the files or will be soon, with the remedy; null when all is well. */
  readonly problem: string | null;
}

const LOOK_EVERY_MS = 10 * MS_PER_SECOND;
const EXPIRES_SOON_MS = 14 * MS_PER_DAY;

/**
 * The certificate of the endpoint: read at the start and again whenever a file changes. Connections that are open
 * stay as they are; new ones get the new certificate. Files that cannot be used leave the last good pair in force.
 */
export class TlsFiles implements Closeable {
  readonly #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #server: Server | null = null;
  #tell: (problem: string | null) => void = () => {};
  #problem: string | null = null;
  #seen: string;

  private constructor(
    private readonly options: TlsFilesOptions,
    private readonly certPath: string,
    private readonly keyPath: string,
    private pair: TlsPair,
    seen: string,
  ) {
    this.#seen = seen;
  }

  /** Throws bad_request where the files cannot be used. */
  static async open(options: TlsFilesOptions): Promise<TlsFiles> {
    const certPath = resolve(options.cwd, options.cert);
    const keyPath = resolve(options.cwd, options.key);
    const seen = await changeMark(certPath, keyPath);
    return new TlsFiles(options, certPath, keyPath, await readTlsPair(certPath, keyPath), seen);
  }

  /** What a server starts with. */
  get current(): TlsPair {
    return this.pair;
  }

  /** Gives the server each new pair from now on, and tells at each look what is wrong, if anything. */
  follow(server: Server, tell: (problem: string | null) => void): void {
    this.#server = server;
    this.#tell = tell;
    this.#loop = this.#run();
  }

  state(): TlsState {
    const { expiresMs, names } = this.pair;
    return {
      certPath: this.certPath,
      keyPath: this.keyPath,
      names,
      expiresMs,
      problem: this.#problem ?? this.#age(),
    };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  #age(): string | null {
    const leftMs = this.pair.expiresMs - this.options.clock.nowMs();
    if (leftMs > EXPIRES_SOON_MS) return null;
    const remedy = `Put a new one into ${this.certPath}; it is taken over by itself.`;
    if (leftMs <= 0)
      return `The certificate of the endpoint has expired; browsers and nodes refuse it. ${remedy}`;
    return `The certificate of the endpoint expires in ${Math.ceil(leftMs / MS_PER_DAY)} days. ${remedy}`;
  }

  async #run(): Promise<void> {
    const { clock, lookEveryMs = LOOK_EVERY_MS } = this.options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#look();
      this.#tell(this.state().problem);
      await clock.sleep(lookEveryMs, signal);
    }
  }

  async #look(): Promise<void> {
    const { logger } = this.options;
    try {
      const seen = await changeMark(this.certPath, this.keyPath);
      if (seen === this.#seen && this.#problem === null) return;
      const pair = await readTlsPair(this.certPath, this.keyPath);
      this.#server?.setSecureContext({ cert: pair.cert, key: pair.key });
      this.pair = pair;
      this.#seen = seen;
      this.#problem = null;
      logger.info({ names: pair.names, expiresMs: pair.expiresMs }, 'The certificate was read again');
    } catch (error) {
      // Often only half done: one of the two files is there already. The next look tells.
      const problem = `${errorMessage(error)} The certificate that was read before is used on.`;
      if (problem !== this.#problem) logger.warn({ problem }, 'The new certificate cannot be used');
      this.#problem = problem;
    }
  }
}

/** Reads and checks a certificate and its key. Throws bad_request with file and remedy. */
export async function readTlsPair(certPath: string, keyPath: string): Promise<TlsPair> {
  const cert = await readPem('http.tls.cert', certPath);
  const key = await readPem('http.tls.key', keyPath);
  const refuse = (why: string, cause?: unknown) => new AppError('bad_request', why, { cause });
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(cert);
  } catch (error) {
    throw refuse(`http.tls.cert: ${certPath} holds no certificate in PEM form.`, error);
  }
  try {
    const privateKey = createPrivateKey(key);
    if (!certificate.checkPrivateKey(privateKey)) {
      throw refuse(`http.tls.key: the key in ${keyPath} does not belong to the certificate in ${certPath}.`);
    }
    createSecureContext({ cert, key });
  } catch (error) {
    if (error instanceof AppError) throw error;
    const isSealed = /passphrase|password|interrupted or cancelled|bad decrypt/i.test(errorMessage(error));
    const why = isSealed ? 'needs a pass phrase; store it without one' : 'holds no private key in PEM form';
    throw refuse(`http.tls.key: ${keyPath} ${why}.`, error);
  }
  return {
    cert,
    key,
    names: certificate.subjectAltName ?? certificate.subject,
    expiresMs: Date.parse(certificate.validTo),
  };
}

async function readPem(key: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const words: Record<string, string> = {
      ENOENT: 'does not exist',
      EACCES: 'may not be read by this user',
    };
    const code = errorCode(error) ?? '';
    throw new AppError('bad_request', `${key}: ${path} ${words[code] ?? `cannot be read (${code})`}.`, {
      cause: error,
    });
  }
}

/** Differs once one of the files was changed or replaced, also behind a link. */
async function changeMark(...paths: readonly string[]): Promise<string> {
  const marks = await Promise.all(
    paths.map(async (path) => {
      const info = await stat(path).catch(() => null);
      return info ? `${info.ino}:${info.mtimeMs}:${info.size}` : 'gone';
    }),
  );
  return marks.join(' ');
}
