import { type Static, Type } from 'typebox';

const NullableNumber = Type.Union([Type.Number(), Type.Null()]);
const NullableText = Type.Union([Type.String(), Type.Null()]);

/**
 * How the index and the storages can differ.
 *
 * - `storage-away`: a storage cannot be read, so what is in it was not checked
 * - `missing-object`: a row whose object is not in storage
 * - `returned-object`: a row marked as missing whose object is there
 * - `wrong-size`: an object of another size than the row says
 * - `bad-object`: an object that cannot be read as media
 * - `unindexed-objects`: segment files of a folder that have no row
 * - `overlap`: segments of one track that cover one time twice
 * - `gap`: time within a recording that no segment covers
 * - `wrong-recording`: bounds, count, size or numbers of a recording are not those of its segments
 * - `wrong-totals`, `wrong-coverage`: what is kept per day is not what a recount gives
 */
export const FINDING_KINDS = [
  'storage-away',
  'missing-object',
  'returned-object',
  'wrong-size',
  'bad-object',
  'unindexed-objects',
  'overlap',
  'gap',
  'wrong-recording',
  'wrong-totals',
  'wrong-coverage',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** How a difference can be mended; `forget` gives up what the row says. */
export const FINDING_REPAIRS = ['mark-missing', 'forget', 're-examine', 'index', 'recount'] as const;
export type FindingRepair = (typeof FINDING_REPAIRS)[number];

/** One difference between index and storage. */
export const IntegrityFinding = Type.Object({
  id: Type.Integer(),
  kind: Type.Enum([...FINDING_KINDS]),
  stream: Type.String({ description: 'Empty where it is of none.' }),
  nodeAlias: Type.String({ description: 'Empty where it is of none.' }),
  place: Type.String({ description: 'The object, folder, storage, or track and day.' }),
  startUs: NullableNumber,
  endUs: NullableNumber,
  reason: Type.String({ description: 'What differs and why, in words.' }),
  repair: Type.Union([Type.Enum([...FINDING_REPAIRS]), Type.Null()]),
  foundAtMs: Type.Number(),
  resolvedAtMs: NullableNumber,
  resolution: Type.Union([Type.Enum(['repaired', 'gone']), Type.Null()]),
});
export type IntegrityFinding = Static<typeof IntegrityFinding>;

/** What a check is limited to; absent: everything. */
export const IntegrityScope = Type.Object({
  stream: Type.Optional(Type.String()),
  startUs: Type.Optional(Type.Integer()),
  endUs: Type.Optional(Type.Integer({ description: 'Exclusive.' })),
  isRepairing: Type.Optional(
    Type.Boolean({ description: 'Mend what can be mended without losing anything.' }),
  ),
  isDeep: Type.Optional(
    Type.Boolean({
      description:
        'Read the head of each segment file too: finds what is unreadable although its size is right.',
    }),
  ),
});
export type IntegrityScope = Static<typeof IntegrityScope>;

/** A run of the check. */
export const IntegrityRun = Type.Object({
  id: Type.String(),
  state: Type.Enum(['running', 'paused', 'done', 'cancelled', 'failed'], {
    description: 'paused: its time was up; it goes on with the next one.',
  }),
  phase: Type.Enum(['recordings', 'objects', 'totals']),
  stream: NullableText,
  startUs: NullableNumber,
  endUs: NullableNumber,
  isRepairing: Type.Boolean(),
  isScheduled: Type.Boolean({ description: 'Nobody asked for it: it was time for one.' }),
  startedAtMs: Type.Number(),
  finishedAtMs: NullableNumber,
  segmentCount: Type.Integer({ description: 'Rows held against their objects so far.' }),
  segmentsInAll: Type.Union([Type.Integer(), Type.Null()], { description: 'Null where it is not known.' }),
  objectCount: Type.Integer({ description: 'Objects of the storages gone through so far.' }),
  place: Type.String({ description: 'Where it is.' }),
  foundCount: Type.Integer(),
  repairedCount: Type.Integer(),
  problem: NullableText,
});
export type IntegrityRun = Static<typeof IntegrityRun>;

/** Kinds that say how it was recorded, not that something is wrong now. */
const AS_RECORDED: ReadonlySet<FindingKind> = new Set(['gap', 'overlap']);

/** How many findings say that something is wrong. */
export function countWrong(open: readonly { readonly kind: FindingKind; readonly count: number }[]): number {
  return open.reduce((sum, { count, kind }) => sum + (AS_RECORDED.has(kind) ? 0 : count), 0);
}
