import type { Codec } from '../../../src-shared/model/node-json.ts';
import type { NodeView } from '../../../src-shared/model/node-view.ts';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { codecName } from '../../format/codecs.ts';

/** Why it is not even tried to play a stream. */
export interface Obstacle {
  readonly kind: 'loading' | 'no-publisher' | 'stale' | 'simulated' | 'undecodable';
  /** For the operator; empty while nothing is known yet. */
  readonly message: string;
}

export interface ObstacleScene {
  /** The cluster has been read. */
  readonly isKnown: boolean;
  readonly stream: StreamView | undefined;
  readonly nodes: readonly Pick<NodeView, 'alias' | 'origin'>[];
  /** What this browser can decode: `video/H264`, ... */
  readonly decodable: readonly string[];
}

/** What stands in the way of playing a stream, as far as the cluster tells; null where it is to be tried. */
export function obstacleOf({ isKnown, stream, nodes, decodable }: ObstacleScene): Obstacle | null {
  if (!isKnown) return { kind: 'loading', message: '' };
  if (!stream) {
    return {
      kind: 'no-publisher',
      message: 'No node has this stream now. It plays as soon as somebody publishes it.',
    };
  }
  const holders = stream.nodes.filter((part) => !part.isStale);
  const [first] = stream.nodes;
  if (holders.length === 0 && first) {
    return {
      kind: 'stale',
      message: `Its node, ${first.alias}, does not answer. It plays again once it does.`,
    };
  }
  if (!stream.isLive) {
    return { kind: 'no-publisher', message: 'Nobody publishes it now. It plays as soon as somebody does.' };
  }
  const isSimulated = holders.every(
    (part) => nodes.find((node) => node.alias === part.alias)?.origin === 'demo',
  );
  if (isSimulated) {
    return { kind: 'simulated', message: 'This node is simulated: it has recordings, but no live picture.' };
  }
  const foreign = undecodableCodec(stream.codecs, decodable);
  if (foreign) {
    return {
      kind: 'undecodable',
      message: `This computer cannot decode ${codecName(foreign)}. Its recordings can still be exported.`,
    };
  }
  return null;
}

/** The codec of a picture for which there is no decoder; null where there is one or nothing is known. */
function undecodableCodec(codecs: readonly Codec[], decodable: readonly string[]): string | null {
  if (decodable.length === 0) return null;
  const known = new Set(decodable.map((type) => type.toLowerCase()));
  const video = codecs.filter(({ kind }) => kind === 'video').map(({ codec }) => shortName(codec));
  if (video.length === 0 || video.some((codec) => known.has(`video/${codec}`))) return null;
  return video[0] ?? null;
}

function shortName(codec: string): string {
  const name = codec.split('/').at(-1)?.toLowerCase() ?? '';
  return name === 'hevc' ? 'h265' : name;
}
