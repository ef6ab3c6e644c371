import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import type { Clock } from '../core/base/clock.ts';
import { errorMessage } from '../core/base/errors.ts';
import type { Logger } from '../core/base/logger.ts';
import { DemoNode } from './demo-node.ts';
import { DEMO_NODES } from './demo-plan.ts';
import { type Loop, loadLoop } from './loops/loop.ts';

const DEFAULT_HISTORY_MS = 2 * 60 * 60 * 1000;

export interface DemoClusterOptions {
  /** Where the recordings are written: `<storageRoot>/<stream>/<unix seconds>/`. */
  readonly storageRoot: string;
  /** The shipped loops, one folder per stream. */
  readonly loopsDir: string;
  /** The manager that segments are reported to, without a trailing slash. */
  readonly reportUrl: string;
  /** Sent with each report, for instance an Authorization. */
  readonly reportHeaders?: Readonly<Record<string, string>>;
  /** How much of the past is made up when the storage holds none of it; 2 h by default. */
  readonly historyMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the demo, as `close` does. */
  readonly signal: AbortSignal;
}

export interface DemoClusterNode {
  readonly alias: string;
  /** Without a trailing slash. */
  readonly url: string;
  readonly token: string;
  /** How the manager should follow the node. */
  readonly mode: 'poll' | 'sse';
  readonly site: string;
}

export interface DemoCluster {
  readonly nodes: readonly DemoClusterNode[];
  /** Resolves when the past is on disk and reported, or the demo has been closed. Never rejects. */
  readonly filled: Promise<void>;
  /** Ends recordings, nodes and timers. May be called more than once. */
  close(): Promise<void>;
}

/**
 * Starts simulated nodes that publish, record and report real media.
 *
 * Resolves when the nodes listen; the past is written and reported in the background, then recording goes on
 * live. Started again on the same storage, it continues there. Rejects when the loops cannot be read or
 * `signal` has aborted.
 */
export async function startDemoCluster(options: DemoClusterOptions): Promise<DemoCluster> {
  const { clock, logger } = options;
  options.signal.throwIfAborted();
  const loops = await loadLoops(options.loopsDir);
  const closing = new AbortController();
  // Every recorder, reporter and timer listens to it while it sleeps.
  setMaxListeners(100, closing.signal);
  const nodeOptions = {
    ...options,
    historyMs: options.historyMs ?? DEFAULT_HISTORY_MS,
    reportUrl: options.reportUrl.replace(/\/+$/, ''),
    signal: closing.signal,
  };
  const nodes = DEMO_NODES.map((spec) => new DemoNode(spec, loops, nodeOptions));
  await Promise.all(nodes.map((node) => node.open()));
  await connectCascades(nodes);

  const startedMs = clock.monotonicMs();
  const filled = Promise.all(nodes.map((node) => node.fill())).then(
    () => logger.info({ tookMs: Math.round(clock.monotonicMs() - startedMs) }, 'demo history is complete'),
    (error: unknown) => logger.error({ error: errorMessage(error) }, 'demo history could not be written'),
  );
  const untilClosed = (task: Promise<unknown>) =>
    task.catch((error: unknown) =>
      logger.error({ error: errorMessage(error) }, 'part of the demo has ended'),
    );
  const running = [
    filled,
    ...nodes.map((node) => untilClosed(node.runViewers())),
    ...nodes.map((node) => untilClosed(filled.then(() => node.runOutages()))),
  ];

  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= (async () => {
      options.signal.removeEventListener('abort', onAbort);
      closing.abort();
      await Promise.allSettled(running);
      await Promise.all(nodes.map((node) => node.close()));
    })();
    return closed;
  };
  const onAbort = () => void close();
  options.signal.addEventListener('abort', onAbort, { once: true });
  return {
    nodes: nodes.map(({ spec: { alias, mode, site }, url, token }) => ({ alias, url, token, mode, site })),
    filled,
    close,
  };
}

async function loadLoops(directory: string): Promise<Map<string, Loop>> {
  const names = [...new Set(DEMO_NODES.flatMap((node) => node.streams.map((each) => each.stream)))];
  const loops = await Promise.all(names.map((name) => loadLoop(name, join(directory, name))));
  return new Map(loops.map((loop) => [loop.name, loop]));
}

async function connectCascades(nodes: readonly DemoNode[]): Promise<void> {
  for (const node of nodes) {
    for (const { stream, pushedFrom } of node.spec.streams) {
      const source = nodes.find((each) => each.spec.alias === pushedFrom);
      if (source) await node.receiveFrom(source, stream);
    }
  }
}
