import { readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { NodeParts } from './node-parts.ts';

const CALL_LIMIT_MS = 30_000;
const PAUSE_MS = 5000;
const LONGEST_BACK_OFF_MS = 600_000;
const TTL_S = 300;

interface QueuedFile {
  readonly path: string;
  retries: number;
  nextMs: number;
}

interface PresignedPut {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The upload client of v0.9.0 and newer: ping, presign and PUT each file, then delete it. */
export class UploadClient {
  readonly #queue: QueuedFile[] = [];

  constructor(readonly parts: NodeParts) {}

  /** Queues a file of the storage folder; `path` is relative to it. */
  add(path: string): void {
    this.#queue.push({ path, retries: 0, nextMs: 0 });
  }

  get queuedCount(): number {
    return this.#queue.length;
  }

  /** Works until the node closes. */
  async run(): Promise<void> {
    const { options, clock, closed } = this.parts;
    if (!options.upload) return;
    const intervalMs = Math.max(500, options.upload.intervalMs ?? 2000);
    while (!closed.aborted) {
      await clock.sleep(intervalMs, closed);
      if (this.#queue.length === 0 || closed.aborted) continue;
      if (!(await this.#ping())) {
        await clock.sleep(PAUSE_MS, closed);
        continue;
      }
      for (const file of this.#queue.filter((each) => each.nextMs <= clock.nowMs())) {
        if (await this.#upload(file)) this.#queue.splice(this.#queue.indexOf(file), 1);
      }
    }
  }

  async #ping(): Promise<boolean> {
    const response = await this.#call('GET', '/api/storage/ping');
    await response?.body?.cancel();
    return response?.ok ?? false;
  }

  /** Whether the file is done with. A refused PUT waits longer each time; a failed presign does not. */
  async #upload(file: QueuedFile): Promise<boolean> {
    const root = this.parts.options.storageRoot ?? '.';
    const request = { method: 'PUT', path: file.path, ttl_seconds: TTL_S };
    const presigned = await this.#call('POST', '/api/storage/presign', JSON.stringify(request));
    if (!presigned?.ok) return false;
    const { url, headers } = (await presigned.json()) as PresignedPut;
    const { host: _host, ...sent } = headers;
    const body = await readFile(join(root, file.path)).catch(() => undefined);
    if (body === undefined) return false;
    const stored = await fetch(url, { method: 'PUT', headers: sent, body, signal: this.#limit() }).catch(
      () => undefined,
    );
    if (!stored) return false;
    await stored.body?.cancel();
    if (!stored.ok) {
      file.retries++;
      file.nextMs = this.parts.clock.nowMs() + Math.min(LONGEST_BACK_OFF_MS, PAUSE_MS * 2 ** file.retries);
      return false;
    }
    await unlink(join(root, file.path)).catch(() => {});
    return true;
  }

  async #call(method: string, path: string, body?: string): Promise<Response | undefined> {
    const { url, token } = this.parts.options.upload!;
    const headers = {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    return fetch(`${url}${path}`, { method, headers, body, signal: this.#limit() }).catch(() => undefined);
  }

  #limit(): AbortSignal {
    return AbortSignal.any([this.parts.closed, AbortSignal.timeout(CALL_LIMIT_MS)]);
  }
}
