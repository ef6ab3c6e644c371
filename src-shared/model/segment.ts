import { type Static, Type } from 'typebox';
import { TimeRange } from './time-range.ts';

/** How a segment's wall time was found; `reported`, `index` and `file` are exact, the others estimated. */
export const ClockSource = Type.Union(
  [
    Type.Literal('reported'),
    Type.Literal('arrival'),
    Type.Literal('file'),
    Type.Literal('index'),
    Type.Literal('manifest'),
    Type.Literal('path'),
  ],
  { description: 'How the wall time was found.' },
);
export type ClockSource = Static<typeof ClockSource>;

/** Whether times with this source are exact (or only estimated). */
export function isExactClock(source: ClockSource): boolean {
  return source === 'reported' || source === 'file' || source === 'index';
}

export const Track = Type.Union([Type.Literal('video'), Type.Literal('audio')]);
export type Track = Static<typeof Track>;

/** One row of upstream's timeline. */
export const TimelineSegment = Type.Object({
  id: Type.String({ format: 'uuid' }),
  start_ts: Type.Integer({ description: 'Microseconds since the Unix epoch.' }),
  end_ts: Type.Integer({ description: 'Microseconds since the Unix epoch.' }),
  duration_ms: Type.Integer(),
  path: Type.String(),
  is_keyframe: Type.Boolean({ description: 'Whether it starts with a key frame.' }),
  created_at: Type.String({ description: 'When the row was stored.' }),
  node_alias: Type.String(),
  clock_source: ClockSource,
});
export type TimelineSegment = Static<typeof TimelineSegment>;

/** What the index knows of the instant under the playhead. */
export const SegmentDetail = Type.Object({
  id: Type.String(),
  node: Type.String(),
  startUs: Type.Integer(),
  endUs: Type.Integer(),
  path: Type.String(),
  sizeBytes: Type.Union([Type.Integer(), Type.Null()]),
  clockSource: ClockSource,
  isKeyframe: Type.Boolean(),
  droppedSamples: Type.Integer({ description: 'Repeated packets left out while serving.' }),
  problem: Type.Union([Type.String(), Type.Null()], {
    description: 'Missing, broken or undecodable, in words.',
  }),
  fillsGapOf: Type.Union([Type.String(), Type.Null()], {
    description: 'Alias of the node whose gap this segment fills.',
  }),
  videoCodec: Type.Union([Type.String(), Type.Null()]),
  audioCodec: Type.Union([Type.String(), Type.Null()]),
  width: Type.Union([Type.Integer(), Type.Null()]),
  height: Type.Union([Type.Integer(), Type.Null()]),
  audioProblem: Type.Union([Type.String(), Type.Null()]),
});
export type SegmentDetail = Static<typeof SegmentDetail>;

/** A stream that has recordings. */
export const RecordedStream = Type.Object({
  stream: Type.String(),
  nodes: Type.Array(Type.String()),
  startUs: Type.Integer({ description: 'Start of its oldest recorded time.' }),
  endUs: Type.Integer({ description: 'End of its newest recorded time.' }),
  isRecording: Type.Boolean({ description: 'Its recorded time grew in the last minute.' }),
});
export type RecordedStream = Static<typeof RecordedStream>;

/** Recorded time of one stream, per node, for drawing. */
export const StreamCoverage = Type.Object({
  stream: Type.String(),
  nodes: Type.Array(
    Type.Object({
      alias: Type.String(),
      spans: Type.Array(Type.Intersect([TimeRange, Type.Object({ isEstimated: Type.Boolean() })])),
    }),
    { description: 'The node with the most recorded time in the range first.' },
  ),
});
export type StreamCoverage = Static<typeof StreamCoverage>;

export const DayCoverage = Type.Object({
  day: Type.String({ description: 'yyyy-mm-dd in the zone asked for.' }),
  startUs: Type.Integer(),
  endUs: Type.Integer({ description: 'Exclusive; days of 23 and 25 hours come out right.' }),
  coveredUs: Type.Integer({
    description: 'Recorded time of that day over the streams asked for, not counted twice.',
  }),
});
export type DayCoverage = Static<typeof DayCoverage>;
