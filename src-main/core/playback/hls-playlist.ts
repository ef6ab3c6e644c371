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
import type { StitchedMedia } from './stitch.ts';

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
 * `media` must have at least one run.
 */
export function multivariantPlaylist(media: StitchedMedia, asked: AskedRange): string {
  const main = media.runs.map((run) => trackOf(run, media.mainTrack));
  const audio = media.hasAudio ? media.runs.flatMap((run) => run.recording.audio?.track ?? []) : [];
  const rates = bitRates(media);
  const attributes = [
    `BANDWIDTH=${rates.peak}`,
    `AVERAGE-BANDWIDTH=${rates.average}`,
    `CODECS="${[...new Set([...main, ...audio].map((track) => track.codec))].join(',')}"`,
  ];
  const largest = main.reduce((best, track) => (pixels(track) > pixels(best) ? track : best));
  if (largest.width && largest.height) attributes.push(`RESOLUTION=${largest.width}x${largest.height}`);
  const frameRate = media.mainTrack === 'video' ? usualFrameRate(media.runs) : null;
  if (frameRate !== null) attributes.push(`FRAME-RATE=${frameRate.toFixed(3)}`);
  const query = queryOf(asked);
  const lines = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-INDEPENDENT-SEGMENTS'];
  if (media.hasAudio) {
    const channels = Math.max(...audio.map((track) => track.channels ?? 2));
    lines.push(
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aud",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="${channels}",URI="audio.m3u8?${query}"`,
    );
    attributes.push('AUDIO="aud"');
  }
  lines.push(`#EXT-X-STREAM-INF:${attributes.join(',')}`, `${media.mainTrack}.m3u8?${query}`);
  return `${lines.join('\n')}\n`;
}

/**
 * Media playlist of the main track (`main`) or of the sound beside it (`audio`).
 *
 * Both have the same runs and so the same discontinuities. One that `isGrowing` has no end and only ever gets
 * longer from call to call.
 */
export function mediaPlaylist(media: StitchedMedia, which: 'main' | 'audio', isGrowing: boolean): string {
  const runs = media.runs.filter((run) => run[which].length > 0);
  const entries = runs.flatMap((run) =>
    run[which].map((entry) => ({ entry, sec: lengthSec(run, which, entry) })),
  );
  const longestSec = Math.ceil(Math.max(1, ...entries.map(({ sec }) => sec)));
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${isGrowing ? Math.max(longestSec, GROWING_TARGET_SEC) : longestSec}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    `#EXT-X-PLAYLIST-TYPE:${isGrowing ? 'EVENT' : 'VOD'}`,
    ...(entries.every(({ entry }) => isIndependent(entry)) ? ['#EXT-X-INDEPENDENT-SEGMENTS'] : []),
  ];
  runs.forEach((run, i) => {
    if (i > 0) lines.push('#EXT-X-DISCONTINUITY');
    lines.push(`#EXT-X-MAP:URI="${mapUri(run, which)}"`);
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${dateTime(runStartUs(run, which))}`);
    for (const entry of run[which]) {
      lines.push(`#EXTINF:${lengthSec(run, which, entry).toFixed(6)},`, entryUri(entry));
    }
  });
  if (!isGrowing) lines.push('#EXT-X-ENDLIST');
  return `${lines.join('\n')}\n`;
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

function trackOf(run: Run, kind: 'video' | 'audio'): PlayTrack {
  const lane = run.recording[kind];
  if (!lane) throw new RangeError(`A run has no ${kind} track.`);
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

function lengthSec(run: Run, which: 'main' | 'audio', entry: MediaEntry): number {
  return (entry.endTicks - entry.startTicks) / timescaleOf(run, which);
}

function mapUri(run: Run, which: 'main' | 'audio'): string {
  if (which === 'main') return initUri(mainTrackOf(run).id);
  // Silence uses the description of the sound around it, so that nothing changes in the middle of a run.
  const hasSound = run.audio.some((entry) => entry.kind === 'segment');
  const track = run.recording.audio?.track;
  return hasSound && track ? initUri(track.id) : SILENCE_INIT_URI;
}

function isIndependent(entry: MediaEntry): boolean {
  if (entry.kind !== 'segment') return true;
  const { syncTicks } = entry.segment;
  return syncTicks !== null && syncTicks <= entry.startTicks;
}

function dateTime(us: number): string {
  return new Date(Math.round(us / 1000)).toISOString();
}

function queryOf({ startUs, endUs }: AskedRange): string {
  return endUs === null ? `start_ts=${startUs}` : `start_ts=${startUs}&end_ts=${endUs}`;
}

function pixels(track: PlayTrack): number {
  return (track.width ?? 0) * (track.height ?? 0);
}

/** Bits per second: the highest of one segment (pictures and sound added up), and the mean. */
function bitRates(media: StitchedMedia): { peak: number; average: number } {
  const sum = { peak: 0, average: 0 };
  for (const which of ['main', 'audio'] as const) {
    let [peak, bytes, seconds] = [0, 0, 0];
    for (const run of media.runs) {
      for (const entry of run[which]) {
        if (entry.kind !== 'segment' || entry.segment.sizeBytes === null) continue;
        const { segment } = entry;
        const sec = Math.max((segment.endTicks - segment.startTicks) / timescaleOf(run, which), 0.1);
        peak = Math.max(peak, (entry.segment.sizeBytes * 8) / sec);
        bytes += entry.segment.sizeBytes;
        seconds += sec;
      }
    }
    sum.peak += peak;
    sum.average += seconds > 0 ? (bytes * 8) / seconds : 0;
  }
  return { peak: Math.max(Math.ceil(sum.peak), 1), average: Math.max(Math.ceil(sum.average), 1) };
}

/** Median over the examined segments; null where none was examined. */
function usualFrameRate(runs: readonly Run[]): number | null {
  const rates = runs
    .flatMap((run) =>
      run.main.flatMap((entry) => {
        if (entry.kind !== 'segment' || entry.segment.sampleCount === null) return [];
        const sec = (entry.segment.endTicks - entry.segment.startTicks) / timescaleOf(run, 'main');
        return sec > 0 ? [entry.segment.sampleCount / sec] : [];
      }),
    )
    .sort((a, b) => a - b);
  return rates[Math.floor(rates.length / 2)] ?? null;
}
