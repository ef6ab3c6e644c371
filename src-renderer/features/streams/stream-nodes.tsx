import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { hrefTo } from '../../router.ts';
import styles from './stream-nodes.module.css';

type StreamPart = StreamView['nodes'][number];

function describe(part: StreamPart): string {
  if (part.isStale) return `${part.alias} does not answer; this is its last word`;
  return part.hasPublisher ? `Published at ${part.alias}` : `Relayed to ${part.alias}`;
}

/** The nodes that hold a stream; the one with the publisher first, silent ones greyed and marked. */
export function StreamNodes({ nodes }: { readonly nodes: readonly StreamPart[] }) {
  const sorted =
    nodes.length < 2 ? nodes : [...nodes].sort((a, b) => Number(b.hasPublisher) - Number(a.hasPublisher));
  return (
    <span className={styles.nodes}>
      {sorted.map((part, index) => (
        <a
          // A table draws other streams into the same cells.
          // biome-ignore lint/suspicious/noArrayIndexKey: the links hold no state.
          key={index}
          href={hrefTo('cluster', { node: part.alias })}
          className={styles.node}
          data-stale={part.isStale || undefined}
          title={describe(part)}
        >
          {part.alias}
          {part.isStale && <span className={styles.mark}>stale</span>}
          {!part.isStale && !part.hasPublisher && <span className={styles.mark}>relay</span>}
        </a>
      ))}
    </span>
  );
}
