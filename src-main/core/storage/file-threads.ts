import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import { settlesWithin } from '../base/abort.ts';
import { type FileInfo, type FileOpener, type OpenFile, poolFiles } from './open-file.ts';

/** What a thread is asked; buffers are of shared memory. */
export type FileJob =
  | { id: number; kind: 'open'; path: string; flags: number; ahead: Uint8Array | undefined }
  | { id: number; kind: 'read'; fd: number; buffer: Uint8Array; position: number }
  | { kind: 'close'; fds: readonly number[] };

export interface FileReply {
  id: number;
  fd?: number;
  info?: FileInfo;
  readBytes?: number;
  failure?: { code: string | undefined; message: string };
}

type Asked = Exclude<FileJob, { kind: 'close' }>;

interface Waiting {
  readonly sinceMs: number;
  resolve(reply: FileReply): void;
  reject(error: unknown): void;
}

/** What a thread has not answered for so long is not read from memory: others go to the next. */
const STALLED_MS = 20;
const MAX_THREADS = 4;
/** Descriptors are closed together: a job of its own for each takes as long as reading it. */
const CLOSE_AFTER_MS = 20;
const IDLE_MS = 30 * MS_PER_SECOND;
const END_LIMIT_MS = 1000;

/**
 * Reads the files of one storage in threads of its own, which block.
 *
 * Node's own way hands each call to a pool of threads and gets it back: for an object in memory that takes longer than
 * the reading. Here one thread opens, looks and reads at once. And a mount that hangs stops these threads, not those
 * of another storage.
 */
export class FileThreads implements FileOpener {
  readonly #threads: FileThread[] = [];
  readonly #toClose: number[] = [];

  /** `workerUrl` is that of the built `file-worker`. A thread that has had no work for `idleMs` ends. */
  constructor(
    private readonly workerUrl: URL,
    private readonly idleMs = IDLE_MS,
  ) {}

  async open(path: string, flags: number, ahead?: Buffer): Promise<OpenFile> {
    const isShared = ahead !== undefined && isSharedMemory(ahead);
    const job = { id: 0, kind: 'open', path, flags, ahead: isShared ? ahead : undefined } as const;
    const { fd = -1, info, readBytes = 0 } = await this.#ask(job);
    if (!info) throw new Error('The file thread opened nothing.');
    return {
      info,
      aheadBytes: readBytes,
      read: (buffer, position) => this.#read(fd, buffer, position),
      close: async () => this.#closeSoon(fd),
    };
  }

  /** Ends the threads. One that a mount holds cannot be ended and is not waited for. */
  async end(): Promise<void> {
    this.#closeNow();
    const ending = Promise.all(this.#threads.splice(0).map((thread) => thread.end()));
    await settlesWithin(ending, END_LIMIT_MS);
  }

  async #read(fd: number, buffer: Uint8Array, position: number): Promise<number> {
    const filled = isSharedMemory(buffer) ? buffer : new Uint8Array(new SharedArrayBuffer(buffer.length));
    const { readBytes = 0 } = await this.#ask({ id: 0, kind: 'read', fd, buffer: filled, position });
    if (filled !== buffer) buffer.set(filled.subarray(0, readBytes));
    return readBytes;
  }

  #closeSoon(fd: number): void {
    if (this.#toClose.push(fd) === 1) setTimeout(() => this.#closeNow(), CLOSE_AFTER_MS).unref();
  }

  #closeNow(): void {
    const fds = this.#toClose.splice(0);
    if (fds.length > 0) this.#thread().tell({ kind: 'close', fds });
  }

  #ask(job: Asked): Promise<FileReply> {
    return this.#thread().ask(job);
  }

  /** The first that answers: while all is in memory one thread is the quickest. */
  #thread(): FileThread {
    const nowMs = performance.now();
    const ready = this.#threads.find((thread) => nowMs - thread.waitingSinceMs < STALLED_MS);
    if (ready) return ready;
    if (this.#threads.length < MAX_THREADS) {
      const thread = new FileThread(this.workerUrl, this.idleMs, () => {
        const at = this.#threads.indexOf(thread);
        if (at >= 0) this.#threads.splice(at, 1);
      });
      this.#threads.push(thread);
      return thread;
    }
    return this.#threads.reduce((best, thread) => (thread.waitingCount < best.waitingCount ? thread : best));
  }
}

function isSharedMemory({ buffer }: Uint8Array): boolean {
  return buffer instanceof SharedArrayBuffer;
}

class FileThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #usedMs = performance.now();
  readonly #idle: NodeJS.Timeout;

  constructor(url: URL, idleMs: number, onEnd: () => void) {
    const worker = new Worker(url, { trackUnmanagedFds: false });
    worker.unref();
    worker.on('message', (reply: FileReply) => this.#answered(reply));
    const ended = (error: Error) => {
      clearInterval(this.#idle);
      onEnd();
      this.#fail(error);
    };
    worker.on('error', ended);
    worker.on('exit', () => ended(new Error('The file thread ended.')));
    this.#worker = worker;
    this.#idle = setInterval(() => {
      if (this.#waiting.size > 0 || performance.now() - this.#usedMs < idleMs) return;
      // First, so that nothing is asked of a thread that is ending.
      onEnd();
      void this.end();
    }, idleMs).unref();
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Since when the oldest of its jobs waits, by `performance.now()`; infinite without any. */
  get waitingSinceMs(): number {
    for (const { sinceMs } of this.#waiting.values()) return sinceMs;
    return Number.POSITIVE_INFINITY;
  }

  ask(job: Asked): Promise<FileReply> {
    this.#lastId += 1;
    job.id = this.#lastId;
    this.#usedMs = performance.now();
    return new Promise((resolve, reject) => {
      this.#waiting.set(job.id, { sinceMs: this.#usedMs, resolve, reject });
      this.#worker.postMessage(job);
    });
  }

  tell(job: FileJob): void {
    this.#usedMs = performance.now();
    this.#worker.postMessage(job);
  }

  async end(): Promise<void> {
    clearInterval(this.#idle);
    await this.#worker.terminate();
  }

  #answered(reply: FileReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (!waiting) return;
    if (!reply.failure) waiting.resolve(reply);
    else {
      const { code, message } = reply.failure;
      waiting.reject(Object.assign(new Error(message), { code }));
    }
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** Threads of its own for one storage; the pool of Node where `file-worker` is not built, as in tests of the source. */
export function openFileThreads(): FileOpener {
  const url = new URL('./file-worker.js', import.meta.url);
  return existsSync(fileURLToPath(url)) ? new FileThreads(url) : poolFiles;
}
