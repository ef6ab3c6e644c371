import type { ActiveRecording, NodeRecorder } from './fake-node/node-options.ts';
import type { RecordingsIndex } from './fake-node/node-recordings-index.ts';
import type { LoopRecorder, RecorderListener } from './loop-recorder.ts';
import type { LoopRecording } from './loops/loop-recording.ts';
import type { SegmentReporter } from './segment-reporter.ts';

/** One stream's recorder with the reporter that tells the manager of it. */
export interface RecordedStream {
  readonly recorder: LoopRecorder;
  readonly reporter: SegmentReporter;
}

/**
 * The recorder of a demo node: real media from loops.
 *
 * Recordings start at the next of the loop's key frames, so up to four seconds after the request, and always
 * in `<stream>/<unix seconds>`: a `base_dir` is not followed.
 */
export class LoopNodeRecorder implements NodeRecorder {
  readonly #streams = new Map<string, RecordedStream>();
  /** Streams that somebody stopped while their past was still being written. */
  readonly #unwanted = new Set<string>();

  constructor(readonly index: RecordingsIndex) {}

  add(stream: string, recorded: RecordedStream): void {
    this.#streams.set(stream, recorded);
  }

  /** Keeps the index and the reporter up to date with what the recorder does. */
  listener(stream: string, reporter: SegmentReporter): RecorderListener {
    const complete = (recording: LoopRecording) => {
      if (recording.endMs === undefined) return;
      this.index.complete({ stream, record: recordOf(recording) }, recording.endMs * 1000);
    };
    return {
      onRecording: (recording) => {
        const { recordDir } = recording.options;
        this.index.begin({
          record: recordOf(recording),
          stream,
          recordDir,
          startUs: recording.startMs * 1000,
        });
        complete(recording);
        reporter.add(recording);
      },
      onProgress: (recording) => {
        complete(recording);
        reporter.notify();
      },
    };
  }

  /** Goes on live after the past has been written, unless somebody stopped the stream meanwhile. */
  async goLive(stream: string): Promise<void> {
    const recorder = this.#streams.get(stream)?.recorder;
    if (this.#unwanted.has(stream)) await recorder?.stop();
    else recorder?.start();
  }

  active(stream: string): ActiveRecording | undefined {
    const recorder = this.#streams.get(stream)?.recorder;
    if (!recorder || this.#unwanted.has(stream)) return undefined;
    if (!recorder.current && !recorder.isRecording) return undefined;
    const record = String(Math.floor((recorder.current?.startMs ?? recorder.nextStartMs()) / 1000));
    return { record, recordDir: `${stream}/${record}` };
  }

  async start(stream: string): Promise<ActiveRecording> {
    const recorder = this.#streams.get(stream)?.recorder;
    if (!recorder) throw new Error(`the demo has no media for stream ${stream}`);
    this.#unwanted.delete(stream);
    recorder.start();
    return this.active(stream)!;
  }

  async stop(stream: string): Promise<void> {
    const recorder = this.#streams.get(stream)?.recorder;
    if (!recorder) return;
    this.#unwanted.add(stream);
    if (recorder.isRecording) await recorder.stop();
  }
}

function recordOf(recording: LoopRecording): string {
  return String(Math.floor(recording.startMs / 1000));
}
