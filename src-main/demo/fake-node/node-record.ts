import { dailyFolder } from './memory-recorder.ts';
import {
  type Handler,
  type NodeCall,
  NodeError,
  type Reply,
  readJson,
  reply,
  wrongShape,
} from './node-http.ts';
import { isAtLeast } from './node-options.ts';
import type { NodeParts } from './node-parts.ts';
import { manifestPath } from './node-recordings-index.ts';
import type { Route } from './node-router.ts';
import type { NodeStream } from './node-streams.ts';

/**
 * Start, status and stop of recordings. As on the real node, one lock covers them all: a start that waits for
 * a stream without tracks holds up every other call until its client gives up.
 */
export class RecordControl {
  readonly #lock = new Lock();

  constructor(readonly parts: NodeParts) {
    const { streams, options } = parts;
    streams.onEvent((event, id) => {
      if (event === 'created' && isAutomatic(options.autoRecord ?? [], id)) void this.#startByItself(id);
      if (event === 'deleted') void parts.recorder.stop(id);
    });
  }

  routes(): Route[] {
    const { generation, hasRecorder = true } = this.parts.options;
    const isOld = !isAtLeast(generation, 'daily');
    if (!hasRecorder) return isOld ? [this.#oldRoute(missingRecorder(500))] : this.#missing();
    if (isOld) return [this.#oldRoute((call) => this.#startOld(call))];
    const routes: Route[] = [
      {
        pattern: '/api/record/{stream}',
        methods: {
          POST: (call) => this.#start(call),
          GET: (call) => this.#status(call),
          DELETE: (call) => this.#stop(call),
        },
      },
    ];
    return generation === 'v0.9.0' ? [featureProbe(true), ...routes] : routes;
  }

  #oldRoute(handler: Handler): Route {
    return { pattern: '/api/streams/{stream}/record', methods: { POST: handler } };
  }

  /** What a node built without the recorder answers. */
  #missing(): Route[] {
    const { generation } = this.parts.options;
    const refuse = missingRecorder(generation === 'daily' ? 500 : 501);
    const get = { GET: refuse };
    const all: Route[] = [
      { pattern: '/api/record/{stream}', methods: { POST: refuse, GET: refuse, DELETE: refuse } },
      { pattern: '/api/recordings', methods: { GET: refuse, PATCH: refuse, DELETE: refuse } },
      { pattern: '/api/playback', methods: get },
      { pattern: '/api/playback/{stream}', methods: get },
      { pattern: '/api/record/object/{*path}', methods: get },
    ];
    if (generation === 'daily') return all.slice(0, 1);
    return generation === 'v0.9.0' ? [featureProbe(false), ...all] : all;
  }

  async #start(call: NodeCall): Promise<Reply> {
    const { base_dir: baseDir } = await readJson(call);
    if (baseDir !== undefined && baseDir !== null && typeof baseDir !== 'string') {
      throw wrongShape('invalid type, expected a string');
    }
    const stream = call.params.stream!;
    return this.#lock.run(call.signal, async () => {
      if (!this.parts.streams.find(stream)) throw new NodeError(500, 'stream forward not found');
      const recording = await this.#startLocked(stream, baseDir ?? undefined, call.signal);
      const body =
        this.parts.options.generation === 'daily'
          ? { id: stream, mpd_path: `${stream}/${dailyFolder(this.parts.clock.nowMs())}/manifest.mpd` }
          : {
              id: stream,
              record_id: recording.record,
              record_dir: recording.recordDir,
              mpd_path: manifestPath(recording),
            };
      // The real node forgets the Content-Type here.
      return { status: 200, body: JSON.stringify(body) };
    });
  }

  async #startLocked(stream: string, baseDir: string | undefined, signal: AbortSignal) {
    const { recorder } = this.parts;
    const running = recorder.active(stream);
    if (running) return running;
    await waitForTracks(this.parts, stream, signal, (found) => found.codecs.length > 0);
    return recorder.start(stream, baseDir);
  }

  async #startOld(call: NodeCall): Promise<Reply> {
    const stream = call.params.stream!;
    const { streams, recorder } = this.parts;
    if (!streams.find(stream)) throw new NodeError(500, 'stream forward not found');
    const hasVideo = (found: NodeStream) => found.codecs.some((codec) => codec.kind === 'video');
    await waitForTracks(this.parts, stream, call.signal, hasVideo);
    if (!recorder.active(stream)) await recorder.start(stream, undefined);
    return reply.empty(204);
  }

  async #startByItself(stream: string): Promise<void> {
    const { closed } = this.parts;
    // The node may end, or the stream go, while it waits; neither is anybody's error.
    await this.#lock.run(closed, () => this.#startLocked(stream, undefined, closed)).catch(() => {});
  }

  #status(call: NodeCall): Promise<Reply> {
    return this.#lock.run(call.signal, async () =>
      reply.json({ recording: this.parts.recorder.active(call.params.stream!) !== undefined }),
    );
  }

  #stop(call: NodeCall): Promise<Reply> {
    return this.#lock.run(call.signal, async () => {
      await this.parts.recorder.stop(call.params.stream!);
      return reply.empty(200);
    });
  }
}

function missingRecorder(status: number): Handler {
  return () => reply.text(status, 'feature recorder not enabled');
}

function featureProbe(isAvailable: boolean): Route {
  return {
    pattern: '/api/record/__feature_probe__',
    methods: { GET: () => reply.json({ available: isAvailable }) },
  };
}

function isAutomatic(patterns: readonly string[], stream: string): boolean {
  return patterns.some((pattern) => {
    const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`).test(stream);
  });
}

/** Resolves when the stream has what `isReady` wants. Rejects when it is deleted or `signal` aborts. */
async function waitForTracks(
  { streams }: NodeParts,
  id: string,
  signal: AbortSignal,
  isReady: (stream: NodeStream) => boolean,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const check = () => {
      const stream = streams.find(id);
      if (signal.aborted) finish(() => reject(new NodeError(500, 'request closed')));
      else if (!stream) finish(() => reject(new NodeError(500, 'stream forward not found')));
      else if (isReady(stream)) finish(resolve);
    };
    const finish = (settle: () => void) => {
      stopListening();
      signal.removeEventListener('abort', check);
      settle();
    };
    const stopListening = streams.onEvent(check);
    signal.addEventListener('abort', check, { once: true });
    check();
  });
}

/** Runs one task after the other; one whose `signal` aborts while it waits is dropped. */
class Lock {
  #tail: Promise<void> = Promise.resolve();

  async run<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    const previous = this.#tail;
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#tail = previous.then(() => released);
    await previous;
    try {
      if (signal.aborted) throw new NodeError(500, 'request closed');
      return await task();
    } finally {
      release();
    }
  }
}
