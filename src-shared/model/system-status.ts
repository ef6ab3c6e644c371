import { type Static, Type } from 'typebox';

/** What the status bar shows. */
export const SystemStatus = Type.Object({
  version: Type.String(),
  nodesUp: Type.Integer(),
  nodesTotal: Type.Integer(),
  ingestPerSecond: Type.Number({ description: 'Segments indexed per second, mean of the last 10 s.' }),
  indexLagMs: Type.Union([Type.Number(), Type.Null()], {
    description: 'Age of the newest indexed instant of the streams being recorded; null when none is.',
  }),
  analysisQueue: Type.Integer({ description: 'Segments waiting to be examined.' }),
  database: Type.Object({
    isUp: Type.Boolean(),
    isEmbedded: Type.Boolean(),
    serverVersion: Type.Union([Type.String(), Type.Null()]),
    problem: Type.Union([Type.String(), Type.Null()]),
  }),
  storage: Type.Object({
    name: Type.String(),
    isUp: Type.Boolean(),
    usedBytes: Type.Union([Type.Number(), Type.Null()], { description: 'Used part of the disk it lies on.' }),
    totalBytes: Type.Union([Type.Number(), Type.Null()]),
    problem: Type.Union([Type.String(), Type.Null()]),
  }),
  demo: Type.Object({
    isAvailable: Type.Boolean(),
    isRunning: Type.Boolean(),
    isFilled: Type.Boolean({ description: 'Its past is complete.' }),
  }),
});
export type SystemStatus = Static<typeof SystemStatus>;
