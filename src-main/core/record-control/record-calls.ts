import type { Dispatcher } from 'undici';
import type { NodeGeneration } from '../../../src-shared/model/node-view.ts';
import { MS_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Closeable } from '../base/lifecycle.ts';
import { directDispatcher, type MakeDispatcher } from '../base/outgoing.ts';
import { callNode, type NodeOutcome } from '../cascade/node-call.ts';
import type { NodeAddress, NodeFailure } from '../nodes/node-client.ts';

export interface RecordLimits {
  /** A start on a stream without tracks hangs, and holds up every other recording of its node until given up. */
  readonly startMs: number;
  readonly statusMs: number;
  /** Waits for the last segment to be written. */
  readonly stopMs: number;
}

export const RECORD_LIMITS: RecordLimits = {
  startMs: 10 * MS_PER_SECOND,
  statusMs: 5 * MS_PER_SECOND,
  stopMs: 10 * MS_PER_SECOND,
};

/** A recording as its node describes it. */
export interface StartedRecording {
  readonly isOk: true;
  /** Unix seconds as text; null for nodes that do not say. */
  readonly recordId: string | null;
  readonly recordDir: string | null;
  readonly mpdPath: string | null;
}

export type RecordFailure = NodeFailure & {
  /** The node was built without a recorder: asking again is of no use. */
  readonly isUnable: boolean;
};

/** Whether nodes of this generation can be asked whether they record, and told to stop. */
export function hasRecordStatus(generation: NodeGeneration): boolean {
  return generation !== 'push' && generation !== 'pull' && generation !== 'sess';
}

/** Whether nodes of this generation list what they recorded. */
export function hasIndex(generation: NodeGeneration): boolean {
  return generation !== 'push' && generation !== 'daily';
}

/** Whether a running recording is described by a repeated start. */
export function describesRecordings(generation: NodeGeneration): boolean {
  return generation === 'v0.9.0' || generation === 'head';
}

/** The calls of record control, to nodes of every generation under their own token. */
export class RecordCalls implements Closeable {
  readonly #dispatcher: Dispatcher;

  constructor(
    private readonly limits: RecordLimits = RECORD_LIMITS,
    makeDispatcher: MakeDispatcher = directDispatcher,
  ) {
    this.#dispatcher = makeDispatcher({ connectTimeoutMs: 5 * MS_PER_SECOND, headersTimeoutMs: 0 });
  }

  /**
   * Starts a recording, or describes the one that runs. Only for streams whose publisher is connected.
   *
   * `baseDir` null leaves the folder to the node; nodes before DAILY always choose it themselves.
   */
  async start(
    node: NodeAddress,
    generation: NodeGeneration,
    stream: string,
    baseDir: string | null,
    signal: AbortSignal,
  ): Promise<StartedRecording | RecordFailure> {
    const name = encodeURIComponent(stream);
    const isOld = !hasRecordStatus(generation);
    const outcome = await callNode(node, {
      method: 'POST',
      ...(isOld
        ? { path: `/api/streams/${name}/record` }
        : { path: `/api/record/${name}`, json: { base_dir: baseDir } }),
      timeoutMs: this.limits.startMs,
      signal,
      dispatcher: this.#dispatcher,
    });
    if (!outcome.isOk) return failureOf(outcome);
    const told = parseObject(outcome.text);
    const text = (key: string) => (typeof told[key] === 'string' ? (told[key] as string) : null);
    return {
      isOk: true,
      recordId: text('record_id'),
      recordDir: text('record_dir'),
      mpdPath: text('mpd_path'),
    };
  }

  /** Whether the node says that it records the stream. Only for generations of `hasRecordStatus`. */
  async status(
    node: NodeAddress,
    stream: string,
    signal: AbortSignal,
  ): Promise<{ readonly isOk: true; readonly isRecording: boolean } | RecordFailure> {
    const outcome = await this.#call(node, 'GET', stream, this.limits.statusMs, signal);
    if (!outcome.isOk) return failureOf(outcome);
    const { recording } = parseObject(outcome.text);
    if (typeof recording === 'boolean') return { isOk: true, isRecording: recording };
    const reason = 'It answers, but does not say whether it records.';
    return { isOk: false, kind: 'not-a-node', status: outcome.status, reason, isUnable: false };
  }

  /** Stops a recording; done also where none runs. Only for generations of `hasRecordStatus`. */
  async stop(
    node: NodeAddress,
    stream: string,
    signal: AbortSignal,
  ): Promise<{ readonly isOk: true } | RecordFailure> {
    const outcome = await this.#call(node, 'DELETE', stream, this.limits.stopMs, signal);
    return outcome.isOk ? { isOk: true } : failureOf(outcome);
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  #call(
    node: NodeAddress,
    method: 'GET' | 'DELETE',
    stream: string,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<NodeOutcome> {
    const path = `/api/record/${encodeURIComponent(stream)}`;
    return callNode(node, { method, path, timeoutMs, signal, dispatcher: this.#dispatcher });
  }
}

function failureOf({ text, ...failure }: NodeOutcome & { isOk: false }): RecordFailure {
  const isUnable = failure.status === 501 || (failure.status === 500 && /recorder not enabled/i.test(text));
  if (!isUnable) return { ...failure, isUnable };
  return { ...failure, isUnable, reason: 'It was built without the recorder.' };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
