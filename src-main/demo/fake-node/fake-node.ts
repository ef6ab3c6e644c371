import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { systemClock } from '../../core/base/clock.ts';
import { MemoryRecorder } from './memory-recorder.ts';
import { cascadeRoute } from './node-cascade.ts';
import { dispatch } from './node-dispatch.ts';
import type { NodeFault } from './node-faults.ts';
import { DEFAULT_STRATEGY, type FakeNodeOptions, type Generation, isAtLeast } from './node-options.ts';
import type { NodeParts } from './node-parts.ts';
import { playbackRoutes } from './node-playback.ts';
import { RecordControl } from './node-record.ts';
import { RecordingsIndex, recordingsIndexRoute, sessionsRoute } from './node-recordings-index.ts';
import { type OldSegment, SegmentReports } from './node-reports.ts';
import type { Route } from './node-router.ts';
import { NodeSse } from './node-sse.ts';
import { streamRoutes } from './node-stream-routes.ts';
import { NodeStreams } from './node-streams.ts';
import { UploadClient } from './node-upload.ts';
import { whipRoutes } from './node-whip.ts';
import { SimulatedMedia, type SimulatedPublisher } from './simulated-media.ts';

const TICK_MS = 1000;
const DEFAULT_CONNECT_DELAY_MS = 200;

/** A simulated live777 node: its HTTP interface is real, its WebRTC is not. */
export interface FakeNode {
  /** Without a trailing slash. */
  readonly url: string;
  readonly generation: Generation;
  /** The node's own list of recordings. */
  readonly recordings: RecordingsIndex;
  readonly streams: NodeStreams;
  /** Attaches a publisher that is connected at once. */
  publish(stream: string, publisher: SimulatedPublisher): void;
  /** Sets the number of simulated viewers of a stream. */
  viewers(stream: string, count: number): void;
  /** Ends the publisher with a DELETE (`isClean`) or lets it vanish. */
  unpublish(stream: string, how: { isClean: boolean }): void;
  /** A video segment of an old node is finished: push reports it, pull offers it. */
  finishSegment(stream: string, segment: OldSegment): Promise<void>;
  /** Gives a file of the storage folder to the upload client. */
  queueUpload(path: string): void;
  /** Makes the node fail in some way from now on; undefined makes it well again. */
  setFault(fault: NodeFault | undefined): Promise<void>;
  /** Ends every connection and timer. May be called more than once. */
  close(): Promise<void>;
}

/** Starts a node that answers as the given generation of live777 does. Rejects when the port is taken. */
export async function createFakeNode(options: FakeNodeOptions): Promise<FakeNode> {
  const closing = new AbortController();
  // Each session that is about to connect listens to it.
  setMaxListeners(0, closing.signal);
  const parts = createParts(options, closing.signal);
  const sse = new NodeSse(parts);
  const reports = new SegmentReports(parts);
  const uploads = new UploadClient(parts);
  const media = new SimulatedMedia(parts);
  const routes = createRoutes(parts, sse, reports);
  let fault: NodeFault | undefined;
  const server = new Listener(options.host ?? '127.0.0.1', (request, response) => {
    void dispatch({ parts, routes, fault }, request, response);
  });
  await server.listen(options.port ?? 0);
  for (const id of options.provisioned ?? []) parts.streams.ensure(id, { isProvisioned: true });
  const running = [runTimers(parts, sse), uploads.run()];

  return {
    url: `http://${options.host ?? '127.0.0.1'}:${server.port}`,
    generation: options.generation,
    recordings: parts.index,
    streams: parts.streams,
    publish: (stream, publisher) => media.publish(stream, publisher),
    viewers: (stream, count) => media.viewers(stream, count),
    unpublish: (stream, how) => media.unpublish(stream, how),
    finishSegment: (stream, segment) => reports.add(stream, segment),
    queueUpload: (path) => uploads.add(path),
    setFault: async (next) => {
      const wasRefusing = fault?.kind === 'refuse';
      fault = next;
      if (next?.kind === 'refuse' && !wasRefusing) await server.close();
      if (next?.kind !== 'refuse' && wasRefusing && !closing.signal.aborted) await server.listen(server.port);
    },
    close: async () => {
      closing.abort();
      sse.close();
      await server.close();
      await Promise.all(running);
    },
  };
}

function createParts(options: FakeNodeOptions, closed: AbortSignal): NodeParts {
  const clock = options.clock ?? systemClock;
  const index = options.recordings ?? new RecordingsIndex(clock);
  return {
    options,
    clock,
    closed,
    index,
    strategy: { ...DEFAULT_STRATEGY, ...options.strategy },
    connectDelayMs: options.connectDelayMs ?? DEFAULT_CONNECT_DELAY_MS,
    streams: new NodeStreams(options.generation, clock),
    recorder: options.createRecorder?.(index) ?? new MemoryRecorder(index, clock, options.generation),
    later: (delayMs, task) => {
      void clock.sleep(delayMs, closed).then(() => {
        if (!closed.aborted) task();
      });
    },
  };
}

function createRoutes(parts: NodeParts, sse: NodeSse, reports: SegmentReports): Route[] {
  const { generation, hasCascade = true, hasRecorder = true } = parts.options;
  const recordRoutes = new RecordControl(parts).routes();
  const hasIndex = hasRecorder && isAtLeast(generation, 'v0.9.0');
  return [
    ...(hasIndex ? [recordingsIndexRoute(parts.index), ...playbackRoutes(parts)] : []),
    ...recordRoutes,
    ...whipRoutes(parts),
    sse.route(),
    ...streamRoutes(parts),
    ...(hasCascade ? [cascadeRoute(parts)] : []),
    ...(generation === 'pull' ? [reports.pullRoute()] : []),
    ...(generation === 'sess' ? [sessionsRoute(parts.index)] : []),
  ];
}

/** Once a second, and for the counters once in two, until the node closes. */
async function runTimers(parts: NodeParts, sse: NodeSse): Promise<void> {
  const { streams, strategy, clock, closed } = parts;
  for (let tick = 1; ; tick++) {
    await clock.sleep(TICK_MS, closed);
    if (closed.aborted) return;
    streams.forgetClosed();
    streams.reap({
      whipMs: strategy.auto_delete_whip,
      whepMs: strategy.auto_delete_whep,
      canReapOrphans: strategy.auto_create_whip || strategy.auto_create_whep,
    });
    if (tick % 2 === 0) {
      streams.sample();
      sse.onStatsTick();
    }
    sse.keepAlive();
  }
}

/** A server that can go away and come back on the same port. */
class Listener {
  readonly #sockets = new Set<Socket>();
  #server = createServer();
  port = 0;

  constructor(
    readonly host: string,
    readonly handle: (request: IncomingMessage, response: ServerResponse) => void,
  ) {}

  async listen(port: number): Promise<void> {
    const server = createServer(this.handle);
    this.#server = server;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, this.host, resolve);
    });
    this.port = (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }
}
