import { mkdir, open, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Loop, type LoopTrack, sampleCount } from './loop.ts';
import { recordingManifest } from './recording-manifest.ts';
import { segmentParts, startsWithKeyFrame } from './segment-bytes.ts';

/** Recordings start on even seconds, because the loops have a key frame every two. */
export const START_GRID_MS = 2000;
const PARALLEL_WRITES = 8;

/** A finished segment of a recording, with wall clock times in microseconds (end exclusive). */
export interface RecordedSegment {
  /** Relative to the storage root, with forward slashes. */
  readonly path: string;
  readonly startUs: number;
  readonly endUs: number;
  readonly isKeyFrame: boolean;
}

/** Number of samples of each track that lie in finished files. */
export interface WrittenSamples {
  video: number;
  audio: number;
}

/**
 * One recording of a stream, written from a loop into `<storageRoot>/<recordDir>/`.
 *
 * The picture at a wall clock time is the loop's at that time, wherever the recording started, so two nodes
 * that record one stream record the same.
 */
export class LoopRecording {
  readonly written: WrittenSamples = { video: 0, audio: 0 };
  #endMs: number | undefined;

  constructor(
    readonly options: {
      readonly storageRoot: string;
      readonly recordDir: string;
      readonly loop: Loop;
      /** Wall clock start, a multiple of `START_GRID_MS`. */
      readonly startMs: number;
    },
  ) {
    if (options.startMs % START_GRID_MS !== 0)
      throw new RangeError(`start ${options.startMs} is off the grid`);
  }

  get startMs(): number {
    return this.options.startMs;
  }

  /** Wall clock end of the last finished segment, in milliseconds. */
  get writtenUntilMs(): number {
    const { video } = this.options.loop;
    return this.startMs + (this.written.video * video.sampleUs) / 1000;
  }

  /** Set once the recording has ended. */
  get endMs(): number | undefined {
    return this.#endMs;
  }

  /** When the segment being recorded will be complete. */
  get nextSegmentMs(): number {
    const { video } = this.options.loop;
    return this.writtenUntilMs + (video.samplesPerSegment * video.sampleUs) / 1000;
  }

  /** Takes over what an earlier run left on disk; the recording counts as ended. */
  adopt(written: WrittenSamples): void {
    Object.assign(this.written, written);
    this.#endMs = this.writtenUntilMs;
  }

  /** Makes the folder and the init files, whose time is the start of both tracks. */
  async begin(): Promise<void> {
    const { storageRoot, recordDir, loop } = this.options;
    await mkdir(join(storageRoot, recordDir), { recursive: true });
    for (const track of [loop.video, loop.audio]) {
      await this.#write(`${track.prefix}_init.m4s`, [track.init], this.startMs);
    }
  }

  /**
   * Writes every whole segment that ends at or before `untilMs`, a handful at a time, in order of time.
   * `onProgress` is called after each batch. Stops early when `signal` aborts.
   */
  async writeUntil(untilMs: number, signal: AbortSignal, onProgress: () => void): Promise<void> {
    const { video, audio } = this.options.loop;
    const whole = (track: LoopTrack) =>
      Math.floor(this.#samplesUntil(track, untilMs) / track.samplesPerSegment);
    while (!signal.aborted) {
      const tasks: Promise<void>[] = [];
      for (let i = 0; i < PARALLEL_WRITES; i++) {
        for (const track of [video, audio]) {
          const number = this.#finished(track) + i + 1;
          if (number <= whole(track)) tasks.push(this.#writeSegment(track, number, track.samplesPerSegment));
        }
      }
      if (tasks.length === 0) return;
      await Promise.all(tasks);
      for (const track of [video, audio]) {
        const number = Math.min(whole(track), this.#finished(track) + PARALLEL_WRITES);
        this.written[track.kind] = Math.max(this.written[track.kind], number * track.samplesPerSegment);
      }
      onProgress();
    }
  }

  /** Writes the short last segments up to `endMs`, if there is anything after the whole ones, and ends. */
  async finish(endMs: number): Promise<void> {
    if (this.#endMs !== undefined) return;
    for (const track of [this.options.loop.video, this.options.loop.audio]) {
      const left = this.#samplesUntil(track, endMs) - this.written[track.kind];
      if (left <= 0) continue;
      await this.#writeSegment(track, this.#finished(track) + 1, Math.min(left, track.samplesPerSegment));
      this.written[track.kind] += Math.min(left, track.samplesPerSegment);
    }
    this.#endMs = this.writtenUntilMs;
    await this.writeManifest();
  }

  /** Writes the manifest as of now; `nowMs` is left out once the recording has ended. */
  async writeManifest(nowMs?: number): Promise<void> {
    const { storageRoot, recordDir, loop, startMs } = this.options;
    const file = join(storageRoot, recordDir, 'manifest.mpd');
    const text = recordingManifest(loop, {
      startMs,
      videoSamples: this.written.video,
      audioSamples: this.written.audio,
      publishedMs: this.#endMs === undefined ? nowMs : undefined,
    });
    await writeFile(`${file}.tmp`, text);
    await rename(`${file}.tmp`, file);
  }

  /** Number of segment files of a track. */
  segmentCount(kind: 'video' | 'audio'): number {
    return Math.ceil(this.written[kind] / this.options.loop[kind].samplesPerSegment);
  }

  /** The segment with this file number (from 1); it must have been written. */
  segment(kind: 'video' | 'audio', number: number): RecordedSegment {
    const track = this.options.loop[kind];
    const first = (number - 1) * track.samplesPerSegment;
    const end = Math.min(first + track.samplesPerSegment, this.written[kind]);
    const startUs = this.startMs * 1000;
    return {
      path: `${this.options.recordDir}/${segmentName(track, number)}`,
      startUs: startUs + first * track.sampleUs,
      endUs: startUs + end * track.sampleUs,
      isKeyFrame: startsWithKeyFrame(track, this.#loopSample(track) + first),
    };
  }

  #finished(track: LoopTrack): number {
    return Math.floor(this.written[track.kind] / track.samplesPerSegment);
  }

  #samplesUntil(track: LoopTrack, untilMs: number): number {
    return Math.floor(((untilMs - this.startMs) * 1000) / track.sampleUs);
  }

  /** Where in the loop the recording starts. */
  #loopSample(track: LoopTrack): number {
    return ((this.startMs * 1000) / track.sampleUs) % sampleCount(track);
  }

  async #writeSegment(track: LoopTrack, number: number, count: number): Promise<void> {
    const first = (number - 1) * track.samplesPerSegment;
    const parts = segmentParts(track, {
      firstSample: this.#loopSample(track) + first,
      recordedSamples: first,
      count,
      sequence: number,
    });
    const endMs = this.startMs + ((first + count) * track.sampleUs) / 1000;
    await this.#write(segmentName(track, number), parts, endMs);
  }

  async #write(name: string, parts: Buffer[], modifiedMs: number): Promise<void> {
    const file = await open(join(this.options.storageRoot, this.options.recordDir, name), 'w');
    try {
      await file.writev(parts);
      await file.utimes(modifiedMs / 1000, modifiedMs / 1000);
    } finally {
      await file.close();
    }
  }
}

function segmentName(track: LoopTrack, number: number): string {
  return `${track.prefix}_seg_${String(number).padStart(4, '0')}.m4s`;
}
