import { type Static, Type } from 'typebox';

/** `unknown` where only segments are known of it. */
export const RECORDING_STATUSES = ['active', 'completed', 'failed', 'unknown'] as const;
export type RecordingStatus = (typeof RECORDING_STATUSES)[number];

const Count = Type.Union([Type.Integer(), Type.Null()]);

/** One track of a recording, as its init file says; null in it where that was not read yet. */
export const RecordingTrack = Type.Object({
  codec: Type.Union([Type.String(), Type.Null()], { description: 'RFC 6381 codec string.' }),
  width: Count,
  height: Count,
  channels: Count,
  problem: Type.Union([Type.String(), Type.Null()], { description: 'Why it cannot be decoded, in words.' }),
});
export type RecordingTrack = Static<typeof RecordingTrack>;

/** One run of a recorder, as a row of the index. */
export const Recording = Type.Object({
  id: Type.String({ format: 'uuid' }),
  stream: Type.String(),
  node: Type.String({ description: 'Alias of the node that recorded it.' }),
  record: Type.String({ description: 'Record id as the node gave it; empty where there is none.' }),
  dir: Type.String({ description: 'Folder of its objects, relative to the storage root.' }),
  sessionNo: Type.Integer({ description: 'Counts recordings that used the folder one after another.' }),
  startUs: Type.Integer(),
  endUs: Type.Integer({ description: 'End of its last known segment.' }),
  status: Type.Enum([...RECORDING_STATUSES]),
  video: Type.Union([RecordingTrack, Type.Null()]),
  audio: Type.Union([RecordingTrack, Type.Null()]),
  segmentCount: Type.Integer(),
  sizeBytes: Type.Integer({ description: 'Of the objects whose size is known.' }),
  problem: Type.Union([Type.String(), Type.Null()], {
    description: 'What keeps it from being wholly indexed, or what is missing of it, in words.',
  }),
});
export type Recording = Static<typeof Recording>;
