import { type Static, Type } from 'typebox';

export const GAP_KINDS = [
  'objects-lost',
  'segments-missing',
  'node-down',
  'publisher-left',
  'recorder-stalled',
  'storage-trouble',
  'nothing-sent',
  'recording-failed',
  'not-recorded',
] as const;
/** Why time is not recorded, as far as it is known. */
export type GapKind = (typeof GAP_KINDS)[number];

/** Time of a stream that nobody recorded, between times that somebody did, or whose objects are lost. */
export const RecordingGap = Type.Object({
  startUs: Type.Integer(),
  endUs: Type.Union([Type.Integer(), Type.Null()], { description: 'Null while nothing was recorded since.' }),
  kind: Type.Enum([...GAP_KINDS]),
  label: Type.String({ description: 'The reason in two or three words.' }),
  text: Type.String({ description: 'The reason in a sentence.' }),
});
export type RecordingGap = Static<typeof RecordingGap>;
