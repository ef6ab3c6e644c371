import { type Static, Type } from 'typebox';
import { TimeRange } from './time-range.ts';

export const ExportState = Type.Union([
  Type.Literal('waiting'),
  Type.Literal('running'),
  Type.Literal('checking'),
  Type.Literal('done'),
  Type.Literal('failed'),
  Type.Literal('cancelled'),
]);
export type ExportState = Static<typeof ExportState>;

/** An export: a clip written to disk. */
export const ExportJob = Type.Object({
  id: Type.String({ format: 'uuid' }),
  stream: Type.String(),
  startUs: Type.Integer(),
  endUs: Type.Integer(),
  state: ExportState,
  createdAtMs: Type.Number(),
  finishedAtMs: Type.Union([Type.Number(), Type.Null()]),
  sizeBytes: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Exact size of the file, once known.',
  }),
  writtenBytes: Type.Integer(),
  bytesPerSecond: Type.Union([Type.Number(), Type.Null()]),
  fileName: Type.Union([Type.String(), Type.Null()]),
  folder: Type.Union([Type.String(), Type.Null()], { description: 'Folder on the computer of the manager.' }),
  host: Type.Union([Type.String(), Type.Null()], {
    description: 'The computer, where another manager writes it; null for the one that answers.',
  }),
  durationUs: Type.Union([Type.Integer(), Type.Null()]),
  startsEarlyUs: Type.Union([Type.Integer(), Type.Null()], {
    description: 'From the key frame before the in-point to the in-point; hidden by the edit list.',
  }),
  gaps: Type.Array(TimeRange, { description: 'Gaps that are closed up in the file.' }),
  error: Type.Union([Type.String(), Type.Null()]),
});
export type ExportJob = Static<typeof ExportJob>;
