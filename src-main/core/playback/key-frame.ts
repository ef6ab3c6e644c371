import { ticksToUs, usToTicks } from '../../../src-shared/util/units.ts';
import { AppError } from '../base/errors.ts';
import { keyFrameLayout } from '../media/key-frame-layout.ts';
import type { Layout } from '../media/layout.ts';
import type { CallOptions } from '../storage/object-store.ts';
import { mainTrackOf } from './hls-playlist.ts';
import type { Run } from './media-model.ts';
import type { ObjectReader } from './object-reader.ts';
import { loadRange, type MediaSource } from './range-media.ts';

/**
 * The key frame that a stream shows at an instant or last showed before it, from the node that playing takes.
 *
 * Throws no_media where no pictures are recorded, object_missing, media_unusable, storage_unavailable.
 */
export async function keyFrameAt(
  source: MediaSource,
  reader: ObjectReader,
  stream: string,
  us: number,
  { signal }: CallOptions = {},
): Promise<{ layout: Layout; frameUs: number; objectEtag: string }> {
  const asked = { startUs: us, endUs: us + 1 };
  const { facts, pieces } = await loadRange(source, stream, asked, { signal, isJoined: true });
  let run: Run | undefined;
  for await (const [first] of pieces) run ??= first;
  const entry = run?.main.find((candidate) => candidate.kind === 'segment');
  if (!run || entry?.kind !== 'segment' || facts.mainTrack !== 'video') {
    throw new AppError('no_media', `Stream ${JSON.stringify(stream)} has no pictures at this time.`);
  }
  const { analysis, path, startUs } = entry.segment;
  if (!analysis) {
    throw new AppError(
      'storage_unavailable',
      `${path} has not been examined yet; ask again in a few seconds.`,
    );
  }
  const track = mainTrackOf(run);
  const node = run.recording.nodeAlias;
  const { bytes: initBytes, init } = await reader.initOf(track, { signal, node });
  const { header, info } = await reader.header(path, init, { signal, node });
  const atTicks = analysis.startTicks + usToTicks(us - startUs, track.timescale);
  const { layout, frameTicks } = keyFrameLayout({
    path,
    node,
    header,
    analysis,
    initBytes,
    timescale: track.timescale,
    atTicks,
  });
  const frameUs = startUs + ticksToUs(frameTicks - analysis.startTicks, track.timescale);
  return { layout, frameUs, objectEtag: info.etag };
}
