import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Cluster } from '../nodes/cluster.ts';

/** A running cluster of simulated nodes; the shell brings the code for it. */
export interface DemoCluster extends Closeable {
  readonly nodes: readonly {
    readonly alias: string;
    readonly url: string;
    readonly token: string;
    readonly mode: 'poll' | 'sse';
    readonly site: string;
  }[];
  /** Resolves when the past is written and reported. */
  readonly filled: Promise<void>;
}

export interface DemoOptions {
  readonly storageRoot: string;
  /** Base URL of our endpoint. */
  readonly reportUrl: string;
  readonly reportHeaders: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export type StartDemo = (options: DemoOptions) => Promise<DemoCluster>;

export interface DemoServiceOptions {
  readonly cluster: Cluster;
  readonly dataDir: string;
  /** Where the demo may record; null where the operator has storage of his own, which it must not touch. */
  readonly storageRoot: string | null;
  readonly startDemo: StartDemo | undefined;
  readonly report: { readonly url: () => string; readonly headers: Readonly<Record<string, string>> };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Turns the demo cluster on and off, and remembers that over restarts. */
export class DemoService implements Closeable {
  #running: { cluster: DemoCluster; stop: AbortController } | undefined;
  #isFilled = false;
  #change: Promise<void> = Promise.resolve();

  constructor(private readonly options: DemoServiceOptions) {}

  get isAvailable(): boolean {
    return this.options.startDemo !== undefined && this.options.storageRoot !== null;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  get isFilled(): boolean {
    return this.#isFilled;
  }

  /** Whether it ran when the program ended last. */
  async wasRunning(): Promise<boolean> {
    try {
      const state: unknown = JSON.parse(await readFile(this.#stateFile(), 'utf8'));
      return (
        typeof state === 'object' &&
        state !== null &&
        'isDemoRunning' in state &&
        state.isDemoRunning === true
      );
    } catch {
      // No file, or one that a crash cut short: the demo has not been asked for.
      return false;
    }
  }

  /** Starts or stops it; calls are carried out one after another. */
  set(isRunning: boolean, options: { isRemembered: boolean } = { isRemembered: true }): Promise<void> {
    const change = this.#change.then(async () => {
      await (isRunning ? this.#start() : this.#stop());
      if (options.isRemembered) await this.#remember(isRunning);
    });
    this.#change = change.catch(() => {});
    return change;
  }

  async close(): Promise<void> {
    await this.#change;
    await this.#stop();
  }

  async #start(): Promise<void> {
    const { clock, cluster, logger, report, startDemo, storageRoot } = this.options;
    if (this.#running) return;
    if (!startDemo) throw new AppError('conflict', 'This build has no demo cluster.');
    if (storageRoot === null) {
      throw new AppError(
        'conflict',
        'The demo would write into your storage. Start it with a configuration without recorder.storage.',
      );
    }
    const stop = new AbortController();
    const demo = await startDemo({
      storageRoot,
      reportUrl: report.url(),
      reportHeaders: report.headers,
      clock,
      logger: logger.child({ part: 'demo' }),
      signal: stop.signal,
    });
    this.#running = { cluster: demo, stop };
    demo.filled.then(
      () => {
        this.#isFilled = true;
      },
      (error: unknown) => {
        if (!stop.signal.aborted) logger.error({ err: error }, 'The past of the demo could not be written');
      },
    );
    for (const node of demo.nodes) await cluster.add({ ...node, origin: 'demo' });
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    this.#running = undefined;
    this.#isFilled = false;
    await Promise.all(running.cluster.nodes.map((node) => this.options.cluster.remove(node.alias)));
    running.stop.abort();
    await running.cluster.close();
  }

  async #remember(isDemoRunning: boolean): Promise<void> {
    const draft = `${this.#stateFile()}.new`;
    await writeFile(draft, JSON.stringify({ isDemoRunning }));
    await rename(draft, this.#stateFile());
  }

  #stateFile(): string {
    return join(this.options.dataDir, 'state.json');
  }
}
