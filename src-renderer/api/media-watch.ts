/** What has arrived so far, added up over the tracks of a connection. */
export interface MediaCount {
  readonly atMs: number;
  readonly videoBytes: number;
  readonly audioBytes: number;
  readonly framesDecoded: number;
}

/** `undecodable`: packets of a picture arrive, but no picture comes of them. */
export type MediaVerdict = 'starting' | 'playing' | 'undecodable' | 'nothing' | 'lost';

/** How long a new connection may take until something arrives. */
export const FIRST_MEDIA_MS = 12_000;
/** Sound without any packet of a picture for so long is a stream of sound only. */
const SOUND_ONLY_MS = 2500;
const DECODE_MS = 8000;
/** A publisher that sends nothing for so long is gone. */
const SILENCE_MS = 6000;

/** Tells from counts whether a connection plays; one per connection. */
export class MediaWatch {
  readonly #startMs: number;
  #bytes = 0;
  #grownMs: number;
  #firstMediaMs: number | null = null;
  #hasPlayed = false;

  constructor(startMs: number) {
    this.#startMs = startMs;
    this.#grownMs = startMs;
  }

  judge(count: MediaCount): MediaVerdict {
    const bytes = count.videoBytes + count.audioBytes;
    if (bytes > this.#bytes) {
      this.#firstMediaMs ??= count.atMs;
      this.#grownMs = count.atMs;
      this.#bytes = bytes;
    }
    if (this.#firstMediaMs === null) {
      return count.atMs - this.#startMs > FIRST_MEDIA_MS ? 'nothing' : 'starting';
    }
    if (count.atMs - this.#grownMs > SILENCE_MS) return 'lost';
    const sinceFirstMs = count.atMs - this.#firstMediaMs;
    this.#hasPlayed ||= count.framesDecoded > 0 || (count.videoBytes === 0 && sinceFirstMs > SOUND_ONLY_MS);
    if (this.#hasPlayed) return 'playing';
    return count.videoBytes > 0 && sinceFirstMs > DECODE_MS ? 'undecodable' : 'starting';
  }
}

/** Adds up the inbound tracks of a report of `getStats`. */
export function countMedia(report: Iterable<[string, unknown]>, atMs: number): MediaCount {
  let videoBytes = 0;
  let audioBytes = 0;
  let framesDecoded = 0;
  for (const [, value] of report) {
    const entry = value as Record<string, unknown>;
    if (entry.type !== 'inbound-rtp') continue;
    if (entry.kind === 'video') {
      videoBytes += Number(entry.bytesReceived ?? 0);
      framesDecoded += Number(entry.framesDecoded ?? 0);
    } else {
      audioBytes += Number(entry.bytesReceived ?? 0);
    }
  }
  return { atMs, videoBytes, audioBytes, framesDecoded };
}
