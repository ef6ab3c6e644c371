import { US_PER_SECOND } from '../../../src-shared/util/units.ts';
import { entryUri, initUri, SILENCE_INIT_URI } from './hls-names.ts';
import {
  firstEntry,
  lastEntry,
  type MediaEntry,
  type PlayTrack,
  type Run,
  SILENCE_TIMESCALE,
} from './media-model.ts';
import type { RangeFacts } from './range-facts.ts';
import type { PieceRun } from './stitch-pieces.ts';

/** The range as it was asked for; it comes back in the addresses of the media playlists. */
export interface AskedRange {
  readonly startUs: number;
  /** Null for up to now. */
  readonly endUs: number | null;
}

/** A growing playlist may not change this value, so it allows for longer segments than it has. */
const GROWING_TARGET_SEC = 20;

/**
 * Multivariant playlist: one variant, with the codecs of all runs, and its sound as a rendition.
 *
 * There must be at least one run.
 */
export function multivariantPlaylist(facts: RangeFacts, asked: AskedRange): string {
  const { audioCodecs, frameRate, hasAudio, mainCodecs, mainTrack, size } = facts;
  const rates = facts.bitRates;
  const codecs = new Set([...mainCodecs, ...(hasAudio ? audioCodecs : [])]);
  const attributes = [
    `BANDWIDTH=${rates.peak}`,
    `AVERAGE-BANDWIDTH=${rates.average}`,
    `CODECS="${[...codecs].join(',')}"`,
  ];
  if (size) attributes.push(`RESOLUTION=${size.width}x${size.height}`);
  if (frameRate !== null) attributes.push(`FRAME-RATE=${frameRate.toFixed(3)}`);
  const query = queryOf(asked);
  const lines = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-INDEPENDENT-SEGMENTS'];
  if (hasAudio) {
    lines.push(
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aud",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="${facts.channels}",URI="audio.m3u8?${query}"`,
    );
    attributes.push('AUDIO="aud"');
  }
  lines.push(`#EXT-X-STREAM-INF:${attributes.join(',')}`, `${mainTrack}.m3u8?${query}`);
  return `${lines.join('\n')}\n`;
}

/**
 * Media playlist of the main track (`main`) or of the sound beside it (`audio`), in pieces: `add` the runs in order
 * between `head` and `end`.
 *
 * Both have the same runs and so the same discontinuities. One that `isGrowing` has no end and only ever gets
 * longer from call to call.
 */
export class MediaPlaylist {
  #isBegun = false;
  #map = '';

  constructor(
    private readonly which: 'main' | 'audio',
    private readonly isGrowing: boolean,
  ) {}

  head(facts: RangeFacts): string {
    const longestSec = Math.ceil(facts.longestSec(this.which));
    const lines = [
      '#EXTM3U',
      '#EXT-X-VERSION:7',
      `#EXT-X-TARGETDURATION:${this.isGrowing ? Math.max(longestSec, GROWING_TARGET_SEC) : longestSec}`,
      '#EXT-X-MEDIA-SEQUENCE:0',
      `#EXT-X-PLAYLIST-TYPE:${this.isGrowing ? 'EVENT' : 'VOD'}`,
      ...(facts.isIndependent(this.which) ? ['#EXT-X-INDEPENDENT-SEGMENTS'] : []),
    ];
    return `${lines.join('\n')}\n`;
  }

  add(runs: readonly PieceRun[]): string {
    const { which } = this;
    const lines: string[] = [];
    for (const run of runs) {
      if (run[which].length === 0) continue;
      const map = mapUri(run, which);
      const isNew = !run.isContinued || !this.#isBegun;
      if (isNew && this.#isBegun) lines.push('#EXT-X-DISCONTINUITY');
      // Silence goes on with the description of the sound before it.
      const isSilent = run[which].every((entry) => entry.kind === 'silence');
      if (isNew || (map !== this.#map && !isSilent)) {
        lines.push(`#EXT-X-MAP:URI="${map}"`);
        this.#map = map;
      }
      if (isNew) lines.push(`#EXT-X-PROGRAM-DATE-TIME:${dateTime(runStartUs(run, which))}`);
      this.#isBegun = true;
      const timescale = timescaleOf(run, which);
      for (const entry of run[which]) {
        lines.push(`#EXTINF:${entrySec(entry, timescale).toFixed(6)},`, entryUri(entry));
      }
    }
    return lines.length > 0 ? `${lines.join('\n')}\n` : '';
  }

  end(): string {
    return this.isGrowing ? '' : '#EXT-X-ENDLIST\n';
  }
}

/** Wall time of the first moment of a run, microseconds since the Unix epoch. */
export function runStartUs(run: Run, which: 'main' | 'audio'): number {
  return axisUs(run, which, firstEntry(run[which]).startTicks);
}

/** Wall time of the end (exclusive) of a run. */
export function runEndUs(run: Run, which: 'main' | 'audio'): number {
  return axisUs(run, which, lastEntry(run[which]).endTicks);
}

export function timescaleOf(run: Run, which: 'main' | 'audio'): number {
  return which === 'audio' ? SILENCE_TIMESCALE : mainTrackOf(run).timescale;
}

/** The track that the main entries of a run come from. */
export function mainTrackOf(run: Run): PlayTrack {
  const entry = run.main.find((candidate) => candidate.kind === 'segment');
  const { video, audio } = run.recording;
  const isVideo = entry?.kind === 'segment' && video?.segments.includes(entry.segment);
  const lane = isVideo ? video : (audio ?? video);
  if (!lane) throw new RangeError('A run has no track.');
  return lane.track;
}

/**
 * The wall time of ticks on the axis. The segment's own row says it, as a pause that the recorder's clock does
 * not know moves rows and not ticks.
 */
function axisUs(run: Run, which: 'main' | 'audio', ticks: number): number {
  const timescale = timescaleOf(run, which);
  const anchor = run.main.find((entry) => entry.kind === 'segment');
  if (anchor?.kind !== 'segment')
    return run.recording.zeroUs + Math.round((ticks * US_PER_SECOND) / timescale);
  const anchorSec = anchor.segment.startTicks / mainTrackOf(run).timescale;
  return anchor.segment.startUs + Math.round((ticks / timescale - anchorSec) * US_PER_SECOND);
}

/** How long an entry plays. */
export function entrySec(entry: MediaEntry, timescale: number): number {
  return (entry.endTicks - entry.startTicks) / timescale;
}

function mapUri(run: PieceRun, which: 'main' | 'audio'): string {
  if (which === 'main') return initUri(mainTrackOf(run).id);
  // Silence uses the description of the sound around it, so that nothing changes in the middle of a run.
  const track = run.recording.audio?.track;
  return run.hasSound && track ? initUri(track.id) : SILENCE_INIT_URI;
}

function dateTime(us: number): string {
  return new Date(Math.round(us / 1000)).toISOString();
}

function queryOf({ startUs, endUs }: AskedRange): string {
  return endUs === null ? `start_ts=${startUs}` : `start_ts=${startUs}&end_ts=${endUs}`;
}
