import { type Static, Type } from 'typebox';

/** Reports that were acknowledged while the database was away and are not in it yet. */
export const JournalStatus = Type.Object({
  entryCount: Type.Integer({ description: 'Reports that wait for the database.' }),
  segmentCount: Type.Integer({ description: 'Segments in them.' }),
  usedBytes: Type.Number({ description: 'Size of the journal, reports that were set aside included.' }),
  maxBytes: Type.Number({ description: 'What it may take (segments.journal_max_bytes).' }),
  oldestAtMs: Type.Union([Type.Number(), Type.Null()], {
    description: 'When the oldest of them came, milliseconds since the Unix epoch.',
  }),
  setAsideCount: Type.Integer({
    description: 'Reports that the database refuses for a reason of their own.',
  }),
  setAsideReason: Type.Union([Type.String(), Type.Null()], { description: 'Why the newest of those.' }),
  problem: Type.Union([Type.String(), Type.Null()], { description: 'Why the journal cannot be used.' }),
});
export type JournalStatus = Static<typeof JournalStatus>;

/** How a storage is. */
export const StorageState = Type.Object({
  name: Type.String({ description: 'Its folder or bucket.' }),
  isUp: Type.Boolean(),
  usedBytes: Type.Union([Type.Number(), Type.Null()], { description: 'Used part of the disk it lies on.' }),
  totalBytes: Type.Union([Type.Number(), Type.Null()]),
  problem: Type.Union([Type.String(), Type.Null()]),
});
export type StorageState = Static<typeof StorageState>;

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
    newerProgram: Type.Union([Type.String(), Type.Null()], {
      description:
        'Version of a newer program that has changed the database; this one writes nothing any more. Null where none has.',
    }),
  }),
  journal: JournalStatus,
  storage: StorageState,
  otherStorages: Type.Array(StorageState, { description: 'The further ones of the configuration.' }),
  secrets: Type.Object({
    place: Type.String({ description: 'Computer and data folder whose secrets they are.' }),
    problem: Type.Union([Type.String(), Type.Null()], {
      description: 'Why the keychain or the sealed file cannot be read, with the remedy.',
    }),
    missing: Type.Union([Type.String(), Type.Null()], {
      description: 'Which secrets the settings name that are not there, with the remedy.',
    }),
  }),
  notices: Type.Array(Type.String(), {
    description:
      'What is to be known all the time: settings that leave doors open, secrets that cannot be read.',
  }),
  demo: Type.Object({
    isAvailable: Type.Boolean(),
    isRunning: Type.Boolean(),
    isFilled: Type.Boolean({ description: 'Its past is complete.' }),
  }),
});
export type SystemStatus = Static<typeof SystemStatus>;
