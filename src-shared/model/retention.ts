import { type Static, Type } from 'typebox';

const NullableMs = Type.Union([Type.Number(), Type.Null()], {
  description: 'Milliseconds since the Unix epoch.',
});

/** What an operator writes of a rule. */
export const RetentionRuleInput = Type.Object({
  streams: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
    minItems: 1,
    maxItems: 200,
    description: 'Patterns of stream names; * stands for any text.',
  }),
  keepDays: Type.Union([Type.Integer({ minimum: 1, maximum: 36_500 }), Type.Null()], {
    description: 'Days after which a segment goes; null for no limit.',
  }),
  maxBytes: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
    description:
      'What all streams of the rule may take together, the oldest goes first; null for no limit. Without either limit the rule keeps everything.',
  }),
});
export type RetentionRuleInput = Static<typeof RetentionRuleInput>;

/** What is kept of the streams that no earlier rule matches. */
export const RetentionRule = Type.Object({
  ...RetentionRuleInput.properties,
  id: Type.String(),
  source: Type.Enum(['file', 'window'], { description: 'file: of liveman.toml, only changed there.' }),
  updatedBy: Type.String(),
  updatedAtMs: NullableMs,
});
export type RetentionRule = Static<typeof RetentionRule>;

export const PROTECTION_KINDS = ['bookmark', 'export', 'recording', 'sync', 'node'] as const;
/**
 * Why something stays that a rule would remove: a bookmark; an export in progress; still being recorded; not all
 * of it is fetched from its node; it lies on a node, where nothing can be removed.
 */
export type ProtectionKind = (typeof PROTECTION_KINDS)[number];

const counted = {
  segments: Type.Integer(),
  bytes: Type.Integer({ description: 'As far as sizes are known.' }),
};
const Counted = Type.Object(counted);
export type CountedAmount = Static<typeof Counted>;

const amounts = {
  ...counted,
  durationUs: Type.Integer({
    description: 'Recorded time of a stream: pictures, sound and several nodes side by side count once.',
  }),
};

/** What stays of a stream for one reason. */
export const KeptAmount = Type.Object({
  ...counted,
  kind: Type.Enum([...PROTECTION_KINDS]),
  text: Type.String({ description: 'Why, in words.' }),
});
export type KeptAmount = Static<typeof KeptAmount>;

/** What would go of one stream. */
export const RetentionStreamPreview = Type.Object({
  ...amounts,
  stream: Type.String(),
  ruleId: Type.String(),
  limit: Type.Enum(['age', 'size'], { description: 'Which limit of the rule reaches further.' }),
  cutoffUs: Type.Integer({ description: 'Segments that end by then go.' }),
  days: Type.Array(
    Type.Object({ ...amounts, day: Type.Integer({ description: 'UTC day, counted from 1970-01-01.' }) }),
  ),
  kept: Type.Array(KeptAmount),
});
export type RetentionStreamPreview = Static<typeof RetentionStreamPreview>;

/** What a rule comes to: what its streams take and what would go. */
export const RetentionRulePreview = Type.Object({
  ruleId: Type.String(),
  streamCount: Type.Integer(),
  storedBytes: Type.Integer({ description: 'What the streams of the rule take now.' }),
  bytes: Type.Integer({ description: 'What would go of it.' }),
  problem: Type.Union([Type.String(), Type.Null()], {
    description: 'Why the rule cannot be met, in words; null where it can.',
  }),
});
export type RetentionRulePreview = Static<typeof RetentionRulePreview>;

export const RetentionPreview = Type.Object({
  ...amounts,
  madeAtMs: Type.Number(),
  rules: Type.Array(RetentionRulePreview),
  streams: Type.Array(RetentionStreamPreview),
  isComplete: Type.Boolean({
    description: 'False where there are more streams than are listed; the sums are of all.',
  }),
});
export type RetentionPreview = Static<typeof RetentionPreview>;

export const RetentionRun = Type.Object({
  id: Type.String(),
  startedAtMs: Type.Number(),
  finishedAtMs: NullableMs,
  state: Type.Enum(['running', 'done', 'stopped', 'failed']),
  segments: Type.Integer(),
  bytes: Type.Integer(),
  failedObjects: Type.Integer(),
  problem: Type.Union([Type.String(), Type.Null()]),
});
export type RetentionRun = Static<typeof RetentionRun>;

/** A folder of which objects withstand their removal. */
export const RetentionProblem = Type.Object({
  stream: Type.String(),
  dir: Type.String(),
  problem: Type.String(),
  objectCount: Type.Integer(),
  firstAtMs: Type.Number(),
  lastAtMs: Type.Number(),
});
export type RetentionProblem = Static<typeof RetentionProblem>;

/** When a storage is full. */
export const StorageOutlook = Type.Object({
  name: Type.String({ description: 'Its place, as in the status.' }),
  freeBytes: Type.Union([Type.Integer(), Type.Null()], { description: 'Null where it tells no limit.' }),
  growthBytesPerDay: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Recorded to it per day by the nodes that record there now; null before a whole day.',
  }),
  fullInDays: Type.Union([Type.Number(), Type.Null()], {
    description: 'With what else fills its disk; null where it will not be full, or that cannot be told.',
  }),
});
export type StorageOutlook = Static<typeof StorageOutlook>;

/** When room ends, as recording has gone in the last days. */
export const StorageForecast = Type.Object({
  growthBytesPerDay: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Recorded per day, mean of the last whole days; null without one.',
  }),
  basisDays: Type.Integer({ description: 'Whole days the mean is of.' }),
  freeBytes: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Free space of the first of `storages`; null where it has no limit.',
  }),
  fullInDays: Type.Union([Type.Number(), Type.Null()], {
    description: 'Days until the first storage is full; null where none will be, or that cannot be told.',
  }),
  storages: Type.Array(StorageOutlook, {
    description: 'The one that is full first, first; empty for some streams only, as others fill them too.',
  }),
  rules: Type.Array(
    Type.Object({
      ruleId: Type.String(),
      storedBytes: Type.Integer(),
      growthBytesPerDay: Type.Union([Type.Integer(), Type.Null()]),
      reachesLimitInDays: Type.Union([Type.Number(), Type.Null()], {
        description: 'Days until the size limit of the rule removes; 0 where it does now; null without one.',
      }),
      settlesAtBytes: Type.Union([Type.Integer(), Type.Null()], {
        description: 'What the streams of the rule will take in the end; null where they grow without end.',
      }),
    }),
  ),
  text: Type.String({ description: 'The forecast in words.' }),
});
export type StorageForecast = Static<typeof StorageForecast>;

export const RetentionState = Type.Object({
  rules: Type.Array(RetentionRule, { description: 'In the order they are tried.' }),
  runs: Type.Array(RetentionRun, { description: 'The latest, newest first.' }),
  problems: Type.Array(RetentionProblem, { description: 'The latest hundred.' }),
  nextRunAtMs: NullableMs,
  forecast: StorageForecast,
});
export type RetentionState = Static<typeof RetentionState>;
