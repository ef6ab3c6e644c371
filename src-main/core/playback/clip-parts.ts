import { createHash } from 'node:crypto';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { mainTrackOf, runStartUs } from './hls-playlist.ts';
import type { PlayTrack, Run } from './media-model.ts';
import type { StitchedMedia } from './stitch.ts';

/** Runs that can share one file: their tracks have one configuration each. */
export interface ClipPart {
  /** What of the asked range it holds; asking for it alone gives this part again. */
  readonly range: TimeRange;
  readonly runs: readonly Run[];
  /** Equal for equal segments. */
  readonly fingerprint: string;
}

/** Divides runs where the configuration of a track changes; empty without runs. */
export function clipParts(media: StitchedMedia, range: TimeRange): ClipPart[] {
  const groups: Run[][] = [];
  const configs = { main: '', audio: '' };
  for (const run of media.runs) {
    const main = mainTrackOf(run).configHash;
    const audio = soundOf(run)?.configHash ?? '';
    const isOther =
      groups.length === 0 ||
      main !== configs.main ||
      (audio !== '' && configs.audio !== '' && audio !== configs.audio);
    if (isOther) {
      groups.push([run]);
      configs.audio = audio;
    } else {
      groups.at(-1)?.push(run);
      if (configs.audio === '') configs.audio = audio;
    }
    configs.main = main;
  }
  const starts = groups.map((runs, i) => (i === 0 || !runs[0] ? range.startUs : runStartUs(runs[0], 'main')));
  return groups.map((runs, i) => ({
    range: { startUs: starts[i] ?? range.startUs, endUs: starts[i + 1] ?? range.endUs },
    runs,
    fingerprint: fingerprintOf(runs),
  }));
}

/** The sound that belongs to a run, beside its pictures. */
export function soundOf(run: Run): PlayTrack | null {
  const hasSound = run.audio.some((entry) => entry.kind === 'segment');
  return hasSound ? (run.recording.audio?.track ?? null) : null;
}

function fingerprintOf(runs: readonly Run[]): string {
  const hash = createHash('sha256');
  for (const run of runs) {
    for (const entry of [...run.main, ...run.audio]) {
      const id = entry.kind === 'segment' ? entry.segment.id : entry.kind;
      hash.update(`${id} ${entry.startTicks} ${entry.endTicks}\n`);
    }
  }
  return hash.digest('base64url');
}
