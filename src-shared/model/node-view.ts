import { type Static, Type } from 'typebox';

/**
 * `up`; `slow`: answers, but late; `auth-failed`: answers 401 or 403 to our token; `down`: does not answer or
 * answers nonsense; `unknown`: not asked yet.
 */
export const NodeState = Type.Union([
  Type.Literal('up'),
  Type.Literal('slow'),
  Type.Literal('auth-failed'),
  Type.Literal('down'),
  Type.Literal('unknown'),
]);
export type NodeState = Static<typeof NodeState>;

export const NodeGeneration = Type.Union([
  Type.Literal('push'),
  Type.Literal('pull'),
  Type.Literal('sess'),
  Type.Literal('daily'),
  Type.Literal('v0.9.0'),
  Type.Literal('head'),
]);
export type NodeGeneration = Static<typeof NodeGeneration>;

/** A node as the window shows it. */
export const NodeView = Type.Object({
  alias: Type.String(),
  url: Type.String(),
  site: Type.String({ description: 'Where it stands, as the operator wrote it; may be empty.' }),
  mode: Type.Union([Type.Literal('poll'), Type.Literal('sse')]),
  origin: Type.Union([Type.Literal('config'), Type.Literal('demo'), Type.Literal('stored')], {
    description: 'Where the node was declared: liveman.toml, the demo, or the window.',
  }),
  state: NodeState,
  sinceMs: Type.Number({ description: 'Start of this state, milliseconds since the Unix epoch.' }),
  reason: Type.Union([Type.String(), Type.Null()], {
    description: 'Why it is not up and what to do, in words.',
  }),
  isTokenLocked: Type.Boolean({ description: 'Our token for it cannot be read from the secret store now.' }),
  feedProblem: Type.Union([Type.String(), Type.Null()], {
    description: 'Why its events cannot be followed, in words; it is polled meanwhile.',
  }),
  lastSeenMs: Type.Union([Type.Number(), Type.Null()]),
  latencyMs: Type.Union([Type.Number(), Type.Null()], { description: 'Last round trip.' }),
  latencyHistoryMs: Type.Array(Type.Union([Type.Number(), Type.Null()]), {
    description: 'Up to 60 last round trips, oldest first; null where it did not answer.',
  }),
  clockOffsetMs: Type.Union([Type.Number(), Type.Null()], {
    description: 'How far its clock is ahead of ours.',
  }),
  generation: Type.Union([NodeGeneration, Type.Null()]),
  version: Type.Union([Type.String(), Type.Null()]),
  features: Type.Array(Type.String()),
  streamCount: Type.Integer(),
  viewerCount: Type.Integer(),
  recordingCount: Type.Integer({ description: 'Streams of it whose recorded time grew in the last minute.' }),
  viewerCapacity: Type.Union([Type.Integer(), Type.Null()], {
    description: 'each_stream_max_sub of its strategy.',
  }),
  bitrateInBps: Type.Number(),
  bitrateOutBps: Type.Number(),
});
export type NodeView = Static<typeof NodeView>;
