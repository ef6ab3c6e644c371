import { Worker } from 'node:worker_threads';
import type { ErrorCode } from '../../../src-shared/contract/error-codes.ts';
import { AppError } from '../base/errors.ts';
import { buildClip, type ClipInput, type ClipPlan } from '../media/clip-layout.ts';

export interface ClipRequest {
  id: number;
  input: ClipInput;
}

export interface ClipReply {
  id: number;
  plan?: ClipPlan;
  failure?: { code: ErrorCode; message: string; details?: Record<string, unknown> };
}

interface Waiting {
  resolve: (plan: ClipPlan) => void;
  reject: (error: unknown) => void;
}

/** Clips with fewer samples are built at once: that takes some 10 ms, about what handing them over takes. */
const SMALL_SAMPLES = 15_000;
const IDLE_MS = 30_000;

/**
 * Builds clips: large ones in a worker thread, where there is one.
 *
 * Measured: the tables of an hour take 0.2 s and those of a day 3.5 s, which the event loop must not wait for. The
 * copying of media needs no thread of its own, see `write-part-file.ts`. The thread is started when it is needed
 * and ended after half a minute without work.
 */
export class ClipBuilder {
  #worker: Worker | undefined;
  #lastId = 0;
  #idle: NodeJS.Timeout | undefined;
  readonly #waiting = new Map<number, Waiting>();

  /** `workerUrl` is that of the built `clip-worker`; without one everything is built on this thread. */
  constructor(private readonly workerUrl?: URL) {}

  /** As `buildClip`; the sample tables of `input` must not be used afterwards. Throws the signal's reason. */
  async build(input: ClipInput, signal?: AbortSignal): Promise<ClipPlan> {
    signal?.throwIfAborted();
    if (!this.workerUrl || sampleCount(input) < SMALL_SAMPLES) return buildClip(input);
    const worker = this.#started(this.workerUrl);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      // The thread finishes what it began; its answer is not waited for any more.
      const onAbort = () => {
        this.#waiting.delete(id);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const settle = () => signal?.removeEventListener('abort', onAbort);
      this.#waiting.set(id, {
        resolve: (plan) => {
          settle();
          resolve(plan);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      worker.postMessage({ id, input } satisfies ClipRequest, buffersOf(input));
    });
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#fail(new AppError('internal', 'The program ends.'));
  }

  #started(url: URL): Worker {
    clearTimeout(this.#idle);
    if (this.#worker) return this.#worker;
    const worker = new Worker(url);
    worker.unref();
    worker.on('message', (reply: ClipReply) => this.#answered(reply));
    worker.on('error', (error) => this.#ended(worker, error));
    worker.on('exit', () => this.#ended(worker, new AppError('internal', 'The clip thread ended.')));
    this.#worker = worker;
    return worker;
  }

  #answered({ id, plan, failure }: ClipReply): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (plan) waiting?.resolve(plan);
    else waiting?.reject(appErrorOf(failure));
    if (this.#waiting.size > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      const worker = this.#worker;
      this.#worker = undefined;
      void worker?.terminate();
    }, IDLE_MS);
    this.#idle.unref();
  }

  #ended(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#fail(error);
  }

  #fail(error: unknown): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }
}

function appErrorOf(failure: ClipReply['failure']): AppError {
  const { code = 'internal', message = 'The clip thread gave no answer.', details } = failure ?? {};
  return new AppError(code, message, { details });
}

function sampleCount(input: ClipInput): number {
  let count = 0;
  for (const { segments } of input.tracks)
    for (const { header } of segments) count += header.samples.sizes.length;
  return count;
}

/** The tables go over without being copied. */
function buffersOf(input: ClipInput): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { segments } of input.tracks) {
    for (const { header } of segments) {
      for (const { buffer } of Object.values(header.samples))
        if (buffer instanceof ArrayBuffer) buffers.add(buffer);
    }
  }
  return [...buffers];
}
