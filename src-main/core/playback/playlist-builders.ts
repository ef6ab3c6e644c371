import { DashManifest } from './dash-manifest.ts';
import { MediaPlaylist } from './hls-playlist.ts';
import { RangeFacts } from './range-facts.ts';
import type { StitchedMedia } from './stitch.ts';

/** Playlists of media that was stitched at once, for tests. */

export function factsOf(media: StitchedMedia): RangeFacts {
  const facts = new RangeFacts(media.mainTrack);
  facts.add(media.runs);
  return facts;
}

export function mediaPlaylist(media: StitchedMedia, which: 'main' | 'audio', isGrowing: boolean): string {
  const playlist = new MediaPlaylist(which, isGrowing);
  const runs = media.runs.map((run) => ({
    ...run,
    isContinued: false,
    hasSound: run.audio.some((entry) => entry.kind === 'segment'),
  }));
  return playlist.head(factsOf(media)) + playlist.add(runs) + playlist.end();
}

export function dashManifest(media: StitchedMedia, basePath: string): string {
  const manifest = new DashManifest(basePath);
  manifest.measure(media.runs);
  return manifest.head(false) + manifest.add(media.runs) + manifest.end();
}
