import { type Static, Type } from 'typebox';

const NullableNumber = Type.Union([Type.Number(), Type.Null()]);
const NullableText = Type.Union([Type.String(), Type.Null()]);

/** What can keep a storage from being used. */
export const STORAGE_PROBLEMS = [
  'no-credentials',
  'wrong-key',
  'wrong-secret',
  'expired-session',
  'wrong-region',
  'no-bucket',
  'no-folder',
  'no-permission',
  'clock-skew',
  'tls',
  'unreachable',
  'not-s3',
  'full',
  'other',
] as const;
export type StorageProblem = (typeof STORAGE_PROBLEMS)[number];

/** What a test does with a storage, in this order. */
export const STORAGE_STEPS = ['list', 'write', 'read', 'remove'] as const;
export type StorageStep = (typeof STORAGE_STEPS)[number];

/** A storage of the configuration. */
export const StorageView = Type.Object({
  name: Type.String({ description: '`default` for that of `recorder.storage`.' }),
  type: Type.Enum(['fs', 's3']),
  place: Type.String({ description: 'The folder, or `s3://bucket/prefix`; without credentials.' }),
  endpoint: Type.Union([Type.String(), Type.Null()], { description: 's3: the URL of the service.' }),
  section: Type.String({ description: 'Where it stands in liveman.toml.' }),
  nodes: Type.Array(Type.String(), { description: 'Aliases of the nodes that record to it.' }),
  isUp: Type.Boolean({ description: 'Whether it answered just now.' }),
  problem: NullableText,
  usedBytes: NullableNumber,
  totalBytes: NullableNumber,
});
export type StorageView = Static<typeof StorageView>;

/** What one step of a test came to. */
export const StorageStepResult = Type.Object({
  step: Type.Enum([...STORAGE_STEPS]),
  outcome: Type.Enum(['ok', 'failed', 'skipped']),
  problem: Type.Union([Type.Enum([...STORAGE_PROBLEMS]), Type.Null()]),
  message: Type.String({ description: 'What happened and, where it failed, what to do.' }),
});
export type StorageStepResult = Static<typeof StorageStepResult>;

/** What trying a storage came to. */
export const StorageTestResult = Type.Object({
  outcome: Type.Enum(['ok', 'read-only', 'failed'], {
    description: 'read-only: recordings can be played, nodes cannot upload and nothing can be deleted.',
  }),
  message: Type.String(),
  steps: Type.Array(StorageStepResult),
  tookMs: Type.Number(),
});
export type StorageTestResult = Static<typeof StorageTestResult>;
