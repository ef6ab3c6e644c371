import { createHash } from 'node:crypto';
import { AppError } from '../base/errors.ts';
import type { ClipSegment, ClipTrack } from '../media/clip-layout.ts';
import type { CallOptions } from '../storage/object-store.ts';
import { type ClipPart, soundOf } from './clip-parts.ts';
import { mainTrackOf } from './hls-playlist.ts';
import type { MediaEntry, PlayTrack } from './media-model.ts';
import type { ObjectReader } from './object-reader.ts';

/** Enough to hide the latency of a bucket, too few to hold a disk up. */
const PARALLEL_READS = 8;

interface WantedSegment {
  track: PlayTrack;
  node: string;
  entry: Extract<MediaEntry, { kind: 'segment' }>;
  /** Where the next segment begins on the track's own clock, where nothing is missing in between. */
  nextStartTicks: number | undefined;
}

/**
 * Reads what `buildClip` needs of a part: init segments and the headers of its segments, several at a time.
 *
 * `salt` changes when one of the objects does. Throws object_missing, media_unusable, storage_unavailable.
 */
export async function readClipTracks(
  reader: ObjectReader,
  part: ClipPart,
  { signal }: CallOptions = {},
): Promise<{ tracks: ClipTrack[]; salt: string }> {
  const salt = createHash('sha256');
  const tracks: ClipTrack[] = [];
  for (const which of ['main', 'audio'] as const) {
    const wanted = part.runs.flatMap((run) => {
      const track = which === 'main' ? mainTrackOf(run) : soundOf(run);
      return track ? wantedOf(track, run.recording.nodeAlias, run[which]) : [];
    });
    const first = wanted[0];
    if (!first) continue;
    const { init, etag } = await reader.initOf(first.track, { signal, node: first.node });
    salt.update(`${etag}\n`);
    const segments: ClipSegment[] = [];
    for (let i = 0; i < wanted.length; i += PARALLEL_READS) {
      signal?.throwIfAborted();
      const batch = wanted.slice(i, i + PARALLEL_READS);
      const read = await Promise.all(batch.map((one) => clipSegment(reader, one, signal)));
      for (const { segment, etag: objectEtag } of read) {
        segments.push(segment);
        salt.update(`${objectEtag}\n`);
      }
    }
    tracks.push({ kind: init.track, init, timescale: init.timescale, segments });
  }
  return { tracks, salt: salt.digest('base64url') };
}

function wantedOf(track: PlayTrack, node: string, entries: readonly MediaEntry[]): WantedSegment[] {
  return entries.flatMap((entry, i) => {
    if (entry.kind !== 'segment') return [];
    const following = entries[i + 1];
    const flowsOn = following?.kind === 'segment' && following.startTicks === entry.endTicks;
    const nextStartTicks = flowsOn ? following.startTicks - track.offsetTicks : undefined;
    return [{ track, node, entry, nextStartTicks }];
  });
}

async function clipSegment(
  reader: ObjectReader,
  { track, node, entry, nextStartTicks }: WantedSegment,
  signal: AbortSignal | undefined,
): Promise<{ segment: ClipSegment; etag: string }> {
  const { path, analysis } = entry.segment;
  if (!analysis) {
    throw new AppError(
      'storage_unavailable',
      `${path} has not been examined yet; ask for the clip again in a few seconds.`,
    );
  }
  const { init } = await reader.initOf(track, { signal, node });
  const { header, info } = await reader.header(path, init, { signal, node });
  const segment: ClipSegment = {
    path,
    node,
    header,
    analysis,
    zeroUs: track.zeroUs,
    nextStartTicks,
    configHash: init.configHash,
  };
  return { segment, etag: info.etag };
}
