import { type Static, Type } from 'typebox';

/** JSON of live777 nodes and of upstream's manager, as it goes over the wire (camelCase, milliseconds). */

export const Stats = Type.Object({
  bytes: Type.Number(),
  packets: Type.Number(),
  bitrate: Type.Number({ description: 'Bits per second, sampled every 2 s.' }),
});
export type Stats = Static<typeof Stats>;

export const CascadeInfo = Type.Object({
  sourceUrl: Type.Optional(Type.String()),
  targetUrl: Type.Optional(Type.String()),
  sessionUrl: Type.Optional(Type.String()),
});

export const Session = Type.Object({
  id: Type.String(),
  createdAt: Type.Number({ description: 'Milliseconds since the Unix epoch.' }),
  leaveAt: Type.Number({ description: 'Milliseconds since the Unix epoch, 0 while open.' }),
  state: Type.String({ description: 'new, connecting, connected, disconnected, failed or closed.' }),
  cascade: Type.Optional(CascadeInfo),
  hasDataChannel: Type.Boolean(),
  stats: Stats,
});
export type Session = Static<typeof Session>;

export const PubSub = Type.Object({
  leaveAt: Type.Number({ description: 'Milliseconds since the Unix epoch; 0 while somebody is there.' }),
  sessions: Type.Array(Session),
});
export type PubSub = Static<typeof PubSub>;

export const Codec = Type.Object({ kind: Type.String(), codec: Type.String(), fmtp: Type.String() });
export type Codec = Static<typeof Codec>;

export const Stream = Type.Object({
  id: Type.String(),
  createdAt: Type.Number({ description: 'Milliseconds since the Unix epoch.' }),
  publish: PubSub,
  subscribe: PubSub,
  codecs: Type.Array(Codec),
  provisioned: Type.Boolean(),
  onDemand: Type.Boolean(),
  stats: Type.Object({ publish: Stats, subscribe: Stats }),
  statsScope: Type.Union([Type.Literal('node'), Type.Literal('clusterNodeWork')]),
});
export type Stream = Static<typeof Stream>;

export const Strategy = Type.Object({
  each_stream_max_sub: Type.Number(),
  cascade_push_close_sub: Type.Boolean(),
  auto_create_whip: Type.Boolean(),
  auto_create_whep: Type.Boolean(),
  auto_delete_whip: Type.Number({ description: 'Milliseconds; -1 off, 0 at once.' }),
  auto_delete_whep: Type.Number({ description: 'Milliseconds; -1 off, 0 at once.' }),
});
export type Strategy = Static<typeof Strategy>;

/** One entry of upstream's `GET /api/nodes/`. */
export const UpstreamNode = Type.Object({
  alias: Type.String(),
  url: Type.String(),
  status: Type.Union([Type.Literal('running'), Type.Literal('stopped')]),
  duration: Type.String({ description: 'Last round trip, as "3ms", or "-".' }),
  strategy: Type.Optional(Strategy),
});
export type UpstreamNode = Static<typeof UpstreamNode>;
