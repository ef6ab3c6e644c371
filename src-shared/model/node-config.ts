import { type Static, Type } from 'typebox';
import { NodeGeneration } from './node-view.ts';

const NullableText = Type.Union([Type.String(), Type.Null()]);
const NullableNumber = Type.Union([Type.Number(), Type.Null()]);

export const NodeMode = Type.Union([Type.Literal('poll'), Type.Literal('sse')]);
export type NodeMode = Static<typeof NodeMode>;

/** `config`: in liveman.toml; `demo`: simulated; `stored`: added in the window. */
export const NodeOrigin = Type.Union([Type.Literal('config'), Type.Literal('demo'), Type.Literal('stored')]);
export type NodeOrigin = Static<typeof NodeOrigin>;

/** A node as declared. Its token is never shown. */
export const NodeConfig = Type.Object({
  alias: Type.String(),
  url: Type.String({ description: 'Base URL without slash at the end.' }),
  mode: NodeMode,
  site: Type.String(),
  storage: Type.String({ description: 'Name of the storage it records to; empty: the default one.' }),
  hasToken: Type.Boolean(),
  origin: NodeOrigin,
  isEditable: Type.Boolean({ description: 'Whether it can be edited and removed here.' }),
  declaredIn: Type.String({
    description: 'Where it is declared, in words: the path of the file, for example.',
  }),
  problem: Type.Union([Type.String(), Type.Null()], {
    description:
      'Why the entry cannot be used as it is and what to do: its token cannot be read, for example.',
  }),
});
export type NodeConfig = Static<typeof NodeConfig>;

/** What an operator enters. */
export const NodeConfigInput = Type.Object({
  alias: Type.String({
    description: 'Unique name: letters, digits, dot, dash, underscore, space; at most 64.',
  }),
  url: Type.String({ description: 'Base URL, http or https, without credentials.' }),
  token: Type.Optional(
    Type.String({ description: 'Bearer token; absent: as it was; empty: none.', maxLength: 4096 }),
  ),
  mode: Type.Optional(NodeMode),
  site: Type.Optional(Type.String({ maxLength: 100 })),
  storage: Type.Optional(
    Type.String({ description: 'Name of the storage it records to; empty: the default one.', maxLength: 64 }),
  ),
});
export type NodeConfigInput = Static<typeof NodeConfigInput>;

export const NodeTestRequest = Type.Object({
  url: Type.String(),
  token: Type.Optional(Type.String({ maxLength: 4096 })),
  mode: Type.Optional(NodeMode),
  alias: Type.Optional(
    Type.String({
      description: 'Without a token: use the one stored for this node, if the host is the same.',
    }),
  ),
});
export type NodeTestRequest = Static<typeof NodeTestRequest>;

export const NODE_TEST_OUTCOMES = [
  'ok',
  'invalid-url',
  'refused',
  'timeout',
  'dns',
  'tls',
  'unauthorized',
  'not-a-node',
  'failed',
] as const;
export type NodeTestOutcome = (typeof NODE_TEST_OUTCOMES)[number];

/** What trying to reach a node came to. */
export const NodeTestResult = Type.Object({
  outcome: Type.Enum([...NODE_TEST_OUTCOMES]),
  message: Type.String({ description: 'What happened.' }),
  remedy: Type.Union([Type.String(), Type.Null()], { description: 'What to do about it.' }),
  url: NullableText,
  generation: Type.Union([NodeGeneration, Type.Null()]),
  version: NullableText,
  latencyMs: NullableNumber,
  clockOffsetMs: Type.Union([Type.Number(), Type.Null()], {
    description: 'How far its clock is ahead of ours.',
  }),
  clockUncertaintyMs: Type.Union([Type.Number(), Type.Null()], {
    description: 'Half of the span it may lie in.',
  }),
  streamCount: Type.Union([Type.Integer(), Type.Null()]),
});
export type NodeTestResult = Static<typeof NodeTestResult>;

/** State of a node at one moment, for its history. */
export const NodeSample = Type.Object({
  atMs: Type.Number({ description: 'Milliseconds since the Unix epoch.' }),
  latencyMs: NullableNumber,
  clockOffsetMs: Type.Union([Type.Number(), Type.Null()], {
    description: 'How far its clock was ahead of ours; null where that was not known.',
  }),
  bitrateInBps: Type.Number(),
  bitrateOutBps: Type.Number(),
  viewerCount: Type.Integer(),
});
export type NodeSample = Static<typeof NodeSample>;
