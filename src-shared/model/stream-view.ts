import { type Static, Type } from 'typebox';
import { Codec } from './node-json.ts';

/** A stream over all nodes that hold it, as the window shows it. */
export const StreamView = Type.Object({
  id: Type.String(),
  createdAtMs: Type.Number(),
  isLive: Type.Boolean({ description: 'A publisher is connected on a node that answers.' }),
  isRecording: Type.Boolean({ description: 'Its recorded time grew in the last minute.' }),
  codecs: Type.Array(Codec),
  viewerCount: Type.Integer(),
  bitrateInBps: Type.Number(),
  bitrateOutBps: Type.Number(),
  nodes: Type.Array(
    Type.Object({
      alias: Type.String(),
      isStale: Type.Boolean({ description: 'The node does not answer; this is its last word.' }),
      hasPublisher: Type.Boolean(),
      viewerCount: Type.Integer(),
      bitrateInBps: Type.Number(),
      bitrateOutBps: Type.Number(),
    }),
  ),
});
export type StreamView = Static<typeof StreamView>;
