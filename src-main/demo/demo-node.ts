import { randomBytes } from 'node:crypto';
import type { Clock } from '../core/base/clock.ts';
import { errorMessage } from '../core/base/errors.ts';
import type { Logger } from '../core/base/logger.ts';
import { type DemoNodeSpec, planFor, viewersAt } from './demo-plan.ts';
import { createFakeNode, type FakeNode } from './fake-node/fake-node.ts';
import { LoopNodeRecorder } from './loop-node-recorder.ts';
import { LoopRecorder } from './loop-recorder.ts';
import type { Loop } from './loops/loop.ts';
import { SegmentReporter } from './segment-reporter.ts';

const VIEWERS_PERIOD_MS = 3000;
const [FIRST_OUTAGE_MS, UP_MS, DOWN_MS] = [120_000, 180_000, 30_000];
const REOPEN_WAIT_MS = 500;

export interface DemoNodeOptions {
  readonly storageRoot: string;
  readonly reportUrl: string;
  readonly reportHeaders?: Readonly<Record<string, string>> | undefined;
  readonly historyMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

interface Channel {
  readonly stream: string;
  readonly recorder: LoopRecorder;
  readonly reporter: SegmentReporter;
}

/** One node of the demo: a fake live777 that records its streams from loops and reports their segments. */
export class DemoNode {
  readonly token = randomBytes(16).toString('hex');
  readonly #channels: Channel[] = [];
  #reporting: Promise<void>[] = [];
  #node: FakeNode | undefined;
  #recorder: LoopNodeRecorder | undefined;

  constructor(
    readonly spec: DemoNodeSpec,
    readonly loops: ReadonlyMap<string, Loop>,
    readonly options: DemoNodeOptions,
  ) {}

  get url(): string {
    return this.#node!.url;
  }

  /** Starts listening and publishing; nothing is recorded yet. */
  async open(): Promise<void> {
    const { storageRoot, clock } = this.options;
    this.#node = await createFakeNode({
      generation: this.spec.generation,
      alias: this.spec.alias,
      tokens: [this.token],
      storageRoot,
      clock,
      createRecorder: (index) => {
        this.#recorder = new LoopNodeRecorder(index);
        return this.#recorder;
      },
    });
    for (const demo of this.spec.streams) this.#addChannel(demo.stream);
    this.#publish();
    this.#setViewers();
  }

  /** Lets another node of the demo publish `stream` here, as its cascade push does. */
  async receiveFrom(source: DemoNode, stream: string): Promise<void> {
    const { signal, logger } = this.options;
    const url = `${source.url}/api/cascade/${stream}`;
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${source.token}` },
      body: JSON.stringify({ targetUrl: `${this.url}/whip/${stream}`, token: `Bearer ${this.token}` }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]),
    });
    if (!response.ok) logger.warn({ url, status: response.status }, 'demo cascade refused');
    await response.body?.cancel();
  }

  /** Writes the past where there is none yet, goes on live and resolves when all of it is reported. */
  async fill(): Promise<void> {
    const { clock, historyMs, signal } = this.options;
    this.#reporting = this.#channels.map(({ reporter }) => reporter.run(signal));
    await Promise.all(
      this.#channels.map(async ({ stream, recorder, reporter }) => {
        const fromMs = clock.nowMs() - historyMs;
        const newestMs = await recorder.resume(fromMs);
        if (newestMs === undefined || newestMs < fromMs) await recorder.fillPast(fromMs, signal);
        if (signal.aborted) return;
        await this.#recorder!.goLive(stream);
        await reporter.drained();
      }),
    );
  }

  /** Lets viewers come and go until the demo ends. */
  async runViewers(): Promise<void> {
    const { clock, signal } = this.options;
    for (;;) {
      await clock.sleep(VIEWERS_PERIOD_MS, signal);
      if (signal.aborted) return;
      this.#setViewers();
    }
  }

  /** Takes the node down for half a minute again and again, if it is the flaky one. */
  async runOutages(): Promise<void> {
    const { clock, signal } = this.options;
    if (!this.spec.isFlaky) return;
    for (let upMs = FIRST_OUTAGE_MS; ; upMs = UP_MS) {
      await clock.sleep(upMs, signal);
      if (signal.aborted) return;
      await this.#goDown();
      await clock.sleep(DOWN_MS, signal);
      if (signal.aborted) return;
      await this.#comeBack();
    }
  }

  /** Ends the recordings, tries once to report their last segments, and stops listening. */
  async close(): Promise<void> {
    await Promise.all(this.#reporting);
    await Promise.all(this.#channels.map(({ recorder }) => recorder.stop()));
    await Promise.all(this.#channels.map(({ reporter }) => reporter.flush(400)));
    await this.#node?.close();
  }

  #addChannel(stream: string): void {
    const { options, spec } = this;
    const { clock, logger, storageRoot, historyMs } = options;
    const demo = spec.streams.find((each) => each.stream === stream)!;
    const reporter = new SegmentReporter({
      url: options.reportUrl,
      headers: options.reportHeaders,
      nodeAlias: spec.alias,
      stream,
      clock,
      logger,
    });
    const recorder = new LoopRecorder({
      storageRoot,
      stream,
      loop: this.loops.get(stream)!,
      plan: planFor(demo, clock.nowMs(), historyMs),
      clock,
      logger,
      listener: this.#recorder!.listener(stream, reporter),
    });
    this.#recorder!.add(stream, { recorder, reporter });
    this.#channels.push({ stream, recorder, reporter });
  }

  #publish(): void {
    for (const { stream, pushedFrom } of this.spec.streams) {
      const loop = this.loops.get(stream)!;
      if (pushedFrom) continue;
      this.#node!.publish(stream, {
        codecs: [loop.videoCodec, 'opus'],
        bitrateBps: loop.video.bitrateBps + loop.audio.bitrateBps,
      });
    }
  }

  #setViewers(): void {
    const nowMs = this.options.clock.nowMs();
    for (const { stream, viewers } of this.spec.streams) {
      if (this.#node!.streams.find(stream)?.publisher) this.#node!.viewers(stream, viewersAt(viewers, nowMs));
    }
  }

  /** As when its machine is switched off: the segment being recorded is lost. */
  async #goDown(): Promise<void> {
    this.options.logger.info({ node: this.spec.alias }, 'demo node goes down');
    await this.#node!.setFault({ kind: 'refuse' });
    await Promise.all(this.#channels.map(({ recorder }) => recorder.stop({ isClean: false })));
    for (const { stream } of this.#channels) this.#node!.unpublish(stream, { isClean: true });
  }

  async #comeBack(): Promise<void> {
    const { clock, signal, logger } = this.options;
    for (let isBack = false; !isBack && !signal.aborted; ) {
      try {
        await this.#node!.setFault(undefined);
        isBack = true;
      } catch (error) {
        // Somebody took the port meanwhile; it may be free again soon.
        logger.warn({ node: this.spec.alias, error: errorMessage(error) }, 'demo node cannot listen again');
        await this.#node!.setFault({ kind: 'refuse' });
        await clock.sleep(REOPEN_WAIT_MS, signal);
      }
    }
    if (signal.aborted) return;
    this.#publish();
    this.#setViewers();
    for (const { stream } of this.#channels) await this.#recorder!.start(stream);
    logger.info({ node: this.spec.alias }, 'demo node is back');
  }
}
