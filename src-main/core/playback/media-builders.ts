import { US_PER_SECOND } from '../../../src-shared/util/units.ts';
import type { Lane, PlayRecording, PlaySegment, PlayTrack } from './media-model.ts';

/** Wall time 0 of the tests: far from 0, on a full second. */
export const T0_US = 1_795_345_208_000_000;

export const at = (sec: number): number => T0_US + Math.round(sec * US_PER_SECOND);

const PICTURES = { kind: 'video', timescale: 90_000, codec: 'avc1.42e01f', entryType: 'avc1' } as const;
const SOUND = { kind: 'audio', timescale: 48_000, codec: 'opus', entryType: 'Opus' } as const;

interface SegmentSpec {
  /** Seconds since T0. */
  from: number;
  to: number;
  state?: PlaySegment['state'];
  /** Seconds since T0; null for none. The start when absent. */
  syncAt?: number | null;
}

/** Equal segments one after another: `every(10, 0, 30)` gives 0-10, 10-20, 20-30. */
export function every(lengthSec: number, from: number, to: number): SegmentSpec[] {
  const specs: SegmentSpec[] = [];
  for (let start = from; start < to; start += lengthSec) {
    specs.push({ from: start, to: Math.min(start + lengthSec, to) });
  }
  return specs;
}

/** A recording whose axis begins at its first segment; times in seconds since T0. */
export function recording(
  id: string,
  node: string,
  media: { video?: readonly SegmentSpec[]; audio?: readonly SegmentSpec[] },
): PlayRecording {
  const starts = [...(media.video ?? []), ...(media.audio ?? [])].map((spec) => spec.from);
  const zeroSec = Math.min(...starts);
  return {
    id,
    nodeAlias: node,
    zeroUs: at(zeroSec),
    video: media.video ? lane(`${id}v`, id, PICTURES, media.video, zeroSec) : null,
    audio: media.audio ? lane(`${id}a`, id, SOUND, media.audio, zeroSec) : null,
  };
}

function lane(
  trackId: string,
  recordingId: string,
  kind: typeof PICTURES | typeof SOUND,
  specs: readonly SegmentSpec[],
  zeroSec: number,
): Lane {
  const track: PlayTrack = {
    ...kind,
    id: trackId,
    recordingId,
    zeroUs: at(zeroSec),
    offsetTicks: 0,
    configHash: kind.codec,
    width: kind.kind === 'video' ? 640 : null,
    height: kind.kind === 'video' ? 360 : null,
    channels: kind.kind === 'audio' ? 2 : null,
    initPath: `${trackId}/init.m4s`,
  };
  const ticks = (sec: number) => Math.round((sec - zeroSec) * kind.timescale);
  const segments = specs.map((spec): PlaySegment => {
    const syncAt = spec.syncAt === undefined ? spec.from : spec.syncAt;
    return {
      id: `${trackId}${spec.from}`,
      path: `${trackId}/${spec.from}.m4s`,
      state: spec.state ?? 'ok',
      startTicks: ticks(spec.from),
      endTicks: ticks(spec.to),
      syncTicks: syncAt === null ? null : ticks(syncAt),
      startUs: at(spec.from),
      endUs: at(spec.to),
      sizeBytes: 100_000,
      analysis: null,
      sampleCount: Math.round((spec.to - spec.from) * (kind.kind === 'video' ? 30 : 50)),
    };
  });
  return { track, segments };
}
