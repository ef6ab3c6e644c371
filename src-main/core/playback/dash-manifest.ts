import { US_PER_MINUTE, US_PER_SECOND } from '../../../src-shared/util/units.ts';
import { entryUri, initUri, SILENCE_INIT_URI } from './hls-names.ts';
import { entrySec, mainTrackOf, runEndUs, runStartUs, timescaleOf } from './hls-playlist.ts';
import { firstEntry, lastEntry, type MediaEntry, type PlayTrack, type Run } from './media-model.ts';

interface PeriodOptions {
  readonly basePath: string;
  readonly isGrowing: boolean;
}

/** Players of DASH jump over a hole inside of a Period; one as long as this is better left out. */
const LONGEST_HOLE_US = 10 * US_PER_MINUTE;
const WALL_TOLERANCE_US = 50_000;
/** Less silence than this is left to the player, which jumps over it. */
const JUMPED_SEC = 0.5;
const UPDATE_PERIOD_SEC = 5;

/**
 * DASH manifest: one Period per run, where only a short hole in one recording lies between two, one for both, as
 * ffmpeg reads a single Period. Of a range of several pieces each begins a Period.
 *
 * A finished one closes the gaps between runs; a growing one (`dynamic`) keeps the wall clock. Segments are whole:
 * a Period cuts what reaches beyond it. Sound is addressed by template (which every player knows) where it is
 * recorded throughout, by list where silence has to be put in.
 *
 * `measure` all pieces; then `add` them in order between `head` and `end`.
 */
export class DashManifest {
  #firstUs: number | null = null;
  #lengthUs = 0;
  #longestSec = 1;
  #addedUs = 0;
  #isGrowing = false;

  /** `basePath`: path of the HLS folder of the stream, percent-encoded, with a slash at the end. */
  constructor(private readonly basePath: string) {}

  measure(runs: readonly Run[]): void {
    const [first] = runs;
    if (first) this.#firstUs ??= runStartUs(first, 'main');
    for (const run of joinedRuns(runs)) {
      this.#lengthUs += lengthUsOf(run);
      const timescale = timescaleOf(run, 'main');
      for (const entry of run.main) {
        this.#longestSec = Math.max(this.#longestSec, entrySec(entry, timescale));
      }
    }
  }

  head(isGrowing: boolean): string {
    this.#isGrowing = isGrowing;
    const attributes = isGrowing
      ? `type="dynamic" availabilityStartTime="${dateTime(this.#firstUs ?? 0)}" minimumUpdatePeriod="PT${UPDATE_PERIOD_SEC}S" suggestedPresentationDelay="${duration(this.#longestSec * 2)}"`
      : `type="static" mediaPresentationDuration="${duration(this.#lengthUs / US_PER_SECOND)}"`;
    return [
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:full:2011" ${attributes} maxSegmentDuration="${duration(this.#longestSec)}" minBufferTime="PT2S">`,
      '',
    ].join('\n');
  }

  add(runs: readonly Run[]): string {
    const [basePath, isGrowing] = [this.basePath, this.#isGrowing];
    const periods = joinedRuns(runs).map((run) => {
      const lengthUs = lengthUsOf(run);
      const startUs = this.#isGrowing ? runStartUs(run, 'main') - (this.#firstUs ?? 0) : this.#addedUs;
      this.#addedUs = startUs + lengthUs;
      return `${period(run, { startUs, lengthUs }, { basePath, isGrowing })}\n`;
    });
    return periods.join('');
  }

  end(): string {
    return '</MPD>\n';
  }
}

function lengthUsOf(run: Run): number {
  return runEndUs(run, 'main') - runStartUs(run, 'main');
}

/** Runs of one recording in one, if its clock and the wall agree on how long the hole between them is. */
function joinedRuns(runs: readonly Run[]): Run[] {
  const joined: Run[] = [];
  for (const run of runs) {
    const before = joined.at(-1);
    if (before && isJoinable(before, run)) {
      joined[joined.length - 1] = {
        recording: run.recording,
        main: [...before.main, ...run.main],
        audio: [...before.audio, ...run.audio],
      };
    } else joined.push(run);
  }
  return joined;
}

function isJoinable(before: Run, after: Run): boolean {
  if (before.recording !== after.recording) return false;
  const holeUs = runStartUs(after, 'main') - runEndUs(before, 'main');
  const holeTicks = firstEntry(after.main).startTicks - lastEntry(before.main).endTicks;
  const clockUs = (holeTicks * US_PER_SECOND) / timescaleOf(after, 'main');
  return holeTicks >= 0 && holeUs <= LONGEST_HOLE_US && Math.abs(holeUs - clockUs) <= WALL_TOLERANCE_US;
}

function period(run: Run, time: { startUs: number; lengthUs: number }, options: PeriodOptions): string {
  const id = `${run.recording.id}-${firstEntry(run.main).startTicks}`;
  const start = duration(time.startUs / US_PER_SECOND);
  const length = options.isGrowing ? '' : ` duration="${duration(time.lengthUs / US_PER_SECOND)}"`;
  const sets = [adaptationSet(run, 'main', mainTrackOf(run), options.basePath)];
  if (run.audio.length > 0) {
    sets.push(adaptationSet(run, 'audio', soundTrackOf(run), options.basePath));
  }
  return `  <Period id="${escaped(id)}" start="${start}"${length}>\n${sets.join('\n')}\n  </Period>`;
}

function adaptationSet(run: Run, which: 'main' | 'audio', track: PlayTrack | null, basePath: string): string {
  const kind = which === 'audio' ? 'audio' : (track?.kind ?? 'video');
  const size = track?.width && track.height ? ` width="${track.width}" height="${track.height}"` : '';
  const rate = kind === 'audio' ? ' audioSamplingRate="48000"' : '';
  const id = track?.id ?? 'silence';
  return [
    `    <AdaptationSet contentType="${kind}" segmentAlignment="true" startWithSAP="1">`,
    `      <Representation id="${escaped(id)}" mimeType="${kind}/mp4" codecs="${escaped(track?.codec ?? 'opus')}" bandwidth="${bandwidth(run, which)}"${size}${rate}>`,
    segments(run, which, track, basePath),
    '      </Representation>',
    '    </AdaptationSet>',
  ].join('\n');
}

function segments(run: Run, which: 'main' | 'audio', track: PlayTrack | null, basePath: string): string {
  const timescale = timescaleOf(run, which);
  const main = firstEntry(run.main);
  const offsetTicks = Math.round((main.startTicks / timescaleOf(run, 'main')) * timescale);
  const init = escaped(basePath + (track ? initUri(track.id) : SILENCE_INIT_URI));
  const common = `timescale="${timescale}" presentationTimeOffset="${offsetTicks}"`;
  const silenceTicks = run[which]
    .filter((entry) => entry.kind === 'silence')
    .reduce((sum, entry) => sum + entry.endTicks - entry.startTicks, 0);
  if (track && silenceTicks <= JUMPED_SEC * timescale) {
    const recorded = run[which].filter((entry) => entry.kind === 'segment');
    // One that reaches from before a hole to behind it is in both.
    const whole = recorded.filter(({ segment }, i) => segment !== recorded[i - 1]?.segment).map(wholeOf);
    const media = escaped(`${basePath.replaceAll('$', '$$$$')}segment/${track.id}-t$Time$.m4s`);
    return [
      `        <SegmentTemplate ${common} initialization="${init.replaceAll('$', '$$$$')}" media="${media}">`,
      timeline(whole),
      '        </SegmentTemplate>',
    ].join('\n');
  }
  return [
    `        <SegmentList ${common}>`,
    `          <Initialization sourceURL="${init}"/>`,
    timeline(run[which]),
    ...run[which].map((entry) => `          <SegmentURL media="${escaped(basePath + entryUri(entry))}"/>`),
    '        </SegmentList>',
  ].join('\n');
}

function wholeOf(entry: Extract<MediaEntry, { kind: 'segment' }>): MediaEntry {
  const { segment } = entry;
  const endTicks = entry.cut ? segment.endTicks : entry.endTicks;
  return { ...entry, startTicks: segment.startTicks, endTicks, cut: null };
}

function timeline(entries: readonly MediaEntry[]): string {
  const lines = entries.map(
    ({ startTicks, endTicks }) => `            <S t="${startTicks}" d="${endTicks - startTicks}"/>`,
  );
  return ['          <SegmentTimeline>', ...lines, '          </SegmentTimeline>'].join('\n');
}

function soundTrackOf(run: Run): PlayTrack | null {
  const hasSound = run.audio.some((entry) => entry.kind === 'segment');
  return hasSound ? (run.recording.audio?.track ?? null) : null;
}

/** Bits per second over all segments of a run; what players go by when nothing was measured. */
function bandwidth(run: Run, which: 'main' | 'audio'): number {
  let [bytes, ticks] = [0, 0];
  for (const entry of run[which]) {
    if (entry.kind !== 'segment' || entry.segment.sizeBytes === null) continue;
    bytes += entry.segment.sizeBytes;
    ticks += entry.segment.endTicks - entry.segment.startTicks;
  }
  return ticks > 0 ? Math.ceil((bytes * 8 * timescaleOf(run, which)) / ticks) : 64_000;
}

function duration(seconds: number): string {
  return `PT${seconds.toFixed(3)}S`;
}

function dateTime(us: number): string {
  return new Date(Math.round(us / 1000)).toISOString();
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
