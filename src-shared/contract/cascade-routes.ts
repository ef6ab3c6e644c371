import { type Static, Type } from 'typebox';
import { defineRoutes } from './route.ts';

export const CascadeMode = Type.Union([Type.Literal('push'), Type.Literal('pull')]);

/** A relay of a stream from one node to another. */
export const CascadeView = Type.Object({
  id: Type.String(),
  stream: Type.String(),
  source: Type.Union([Type.String(), Type.Null()], {
    description: 'Alias; null when it is no node of this cluster.',
  }),
  target: Type.Union([Type.String(), Type.Null()], {
    description: 'Alias; null when it is no node of this cluster.',
  }),
  mode: CascadeMode,
  origin: Type.Union([Type.Literal('viewers'), Type.Literal('operator'), Type.Literal('foreign')], {
    description:
      'viewers: made because every holder was full, ended when idle; operator: made in the window; foreign: found on the nodes.',
  }),
  state: Type.Union([Type.Literal('starting'), Type.Literal('running'), Type.Literal('stale')], {
    description:
      'stale: a node of it does not answer, so that nobody knows; its figures are those that were known last.',
  }),
  reason: Type.Union([Type.String(), Type.Null()], { description: 'Why it is stale, in words.' }),
  sinceMs: Type.Number({ description: 'Milliseconds since the Unix epoch.' }),
  viewerCount: Type.Integer({ description: 'Who takes the stream from the target.' }),
  bitrateBps: Type.Number({ description: 'What the link carries; 0 where the node does not count.' }),
});
export type CascadeView = Static<typeof CascadeView>;

/** Relays between nodes. */
export const cascadeRoutes = defineRoutes({
  listCascades: {
    method: 'GET',
    path: '/api/cascades',
    access: 'observe',
    summary: 'Relays between nodes, sorted by stream; those that others made too.',
    form: 'ours',
    reply: Type.Object({ cascades: Type.Array(CascadeView) }),
    errors: [],
  },
  createCascade: {
    method: 'POST',
    path: '/api/cascades',
    access: 'operate',
    audit: 'start relay',
    summary: 'Relays a stream to a node; answers once media arrive there. It stays until it is ended.',
    form: 'ours',
    body: Type.Object({
      stream: Type.String(),
      source: Type.String({ description: 'Alias of a node that has the publisher.' }),
      target: Type.String({ description: 'Alias of a node that does not hold the stream.' }),
      mode: Type.Optional(CascadeMode),
    }),
    reply: CascadeView,
    errors: ['unprocessable', 'not_found', 'conflict', 'node_unreachable', 'node_timeout'],
  },
  endCascade: {
    method: 'DELETE',
    path: '/api/cascades/{id}',
    access: 'operate',
    audit: 'end relay',
    summary: 'Ends a relay, whoever made it. Who watches at its target loses the stream.',
    form: 'ours',
    params: Type.Object({ id: Type.String() }),
    reply: Type.Object({ ended: Type.Boolean() }),
    errors: ['not_found', 'node_unreachable', 'node_timeout'],
  },
});
