import type { Loop, LoopTrack } from './loop.ts';

/** What a recording's manifest is written from: how many samples of each track lie in finished segments. */
export interface ManifestState {
  readonly startMs: number;
  readonly videoSamples: number;
  readonly audioSamples: number;
  /** While the recording goes on: the time of writing. Undefined once it has ended. */
  readonly publishedMs: number | undefined;
}

/** The manifest in live777's shape: `dynamic` while the recording goes on, `static` at its end. */
export function recordingManifest(loop: Loop, state: ManifestState): string {
  const video = timelineOf(loop.video, state.videoSamples);
  const audio = timelineOf(loop.audio, state.audioSamples);
  const longestS = Math.max(0, ...video.map(secondsOf(loop.video)), ...audio.map(secondsOf(loop.audio)));
  const totalS = Math.max(
    (state.videoSamples * loop.video.sampleUs) / 1e6,
    (state.audioSamples * loop.audio.sampleUs) / 1e6,
  );
  const timing =
    state.publishedMs === undefined
      ? ['type="static"', `mediaPresentationDuration="PT${totalS.toFixed(3)}S"`]
      : [
          'type="dynamic"',
          `availabilityStartTime="${new Date(state.startMs).toISOString()}"`,
          `publishTime="${new Date(state.publishedMs).toISOString()}"`,
          'minimumUpdatePeriod="PT2S"',
        ];
  const { width, height } = loop;
  return `<?xml version="1.0" encoding="utf-8"?>
<MPD xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
xmlns="urn:mpeg:dash:schema:mpd:2011"
xmlns:xlink="http://www.w3.org/1999/xlink"
xsi:schemaLocation="urn:mpeg:DASH:schema:MPD:2011 http://standards.iso.org/ittf/PubliclyAvailableStandards/MPEG-DASH_schema_files/DASH-MPD.xsd"
profiles="urn:mpeg:dash:profile:isoff-live:2011"
${timing.join('\n')}
maxSegmentDuration="PT${longestS.toFixed(3)}S"
minBufferTime="PT${(3 * longestS).toFixed(3)}S">
<ProgramInformation/>
    <ServiceDescription id="0"/>
    <Period id="0" start="PT0.0S">
        <AdaptationSet id="0" contentType="video" startWithSAP="1" segmentAlignment="true" bitstreamSwitching="true" frameRate="${loop.frameRate}/1" maxWidth="${width}" maxHeight="${height}" par="16:9">
            <Representation id="0" mimeType="video/mp4" codecs="${loop.video.codec}" bandwidth="${loop.video.bitrateBps}" width="${width}" height="${height}" sar="1:1">
${template(loop.video, video)}
            </Representation>
        </AdaptationSet>
        <AdaptationSet id="1" contentType="audio" segmentAlignment="true">
            <Representation id="1" mimeType="audio/mp4" codecs="${loop.audio.codec}" bandwidth="${loop.audio.bitrateBps}" audioSamplingRate="48000" >
${template(loop.audio, audio)}
            </Representation>
        </AdaptationSet>
    </Period>
</MPD>
`;
}

interface TimelineEntry {
  readonly startTicks: number;
  readonly durationTicks: number;
}

function timelineOf(track: LoopTrack, samples: number): TimelineEntry[] {
  const entries: TimelineEntry[] = [];
  for (let first = 0; first < samples; first += track.samplesPerSegment) {
    const count = Math.min(track.samplesPerSegment, samples - first);
    entries.push({ startTicks: first * track.sampleTicks, durationTicks: count * track.sampleTicks });
  }
  return entries;
}

function secondsOf(track: LoopTrack): (entry: TimelineEntry) => number {
  return (entry) => entry.durationTicks / track.timescale;
}

function template(track: LoopTrack, entries: TimelineEntry[]): string {
  const indent = ' '.repeat(16);
  const lines = entries.map(
    (entry) => `${indent}        <S t="${entry.startTicks}" d="${entry.durationTicks}" />`,
  );
  return [
    `${indent}<SegmentTemplate timescale="${track.timescale}" initialization="${track.prefix}_init.m4s" media="${track.prefix}_seg_$Number%04d$.m4s" startNumber="1">`,
    `${indent}    <SegmentTimeline>`,
    ...lines,
    `${indent}    </SegmentTimeline>`,
    `${indent}</SegmentTemplate>`,
  ].join('\n');
}
