import clsx from 'clsx';
import { formatBitRate } from '../../format/numbers.ts';
import { hrefTo } from '../../router.ts';
import { OUTSIDE } from './topology-graph.ts';
import type { PlacedLink, TopologyLayout } from './topology-layout.ts';
import styles from './topology-map.module.css';

const TIP_PX = 7;
const LABEL_PX = 144;
const LABEL_HEIGHT_PX = 18;

export interface LinkLinesProps {
  readonly layout: TopologyLayout;
  readonly selectedKey: string | null;
}

/** The arrows; their labels say the same in words. */
export function LinkLines({ layout, selectedKey }: LinkLinesProps) {
  return (
    <svg className={styles.lines} width={layout.widthPx} height={layout.heightPx} aria-hidden>
      {layout.links.map(({ link, path, tip }) => (
        <g
          key={`${link.from} ${link.to}`}
          className={clsx(
            styles.line,
            link.isStale && styles.stale,
            (link.from === selectedKey || link.to === selectedKey) && styles.chosen,
          )}
        >
          <path d={path} className={styles.curve} />
          <path d={tipPath(tip)} className={styles.tip} />
        </g>
      ))}
    </svg>
  );
}

function tipPath({ xPx, yPx, isLeftward }: PlacedLink['tip']): string {
  const backPx = isLeftward ? TIP_PX : -TIP_PX;
  return `M${xPx} ${yPx}l${backPx} ${-TIP_PX / 2}v${TIP_PX}z`;
}

/** What goes along an arrow; leads to the stream, or to the streams. */
export function LinkLabel({ placed }: { readonly placed: PlacedLink }) {
  const { link, labelXPx, labelYPx } = placed;
  const [first = ''] = link.streams;
  const isOne = link.streams.length === 1;
  const way = `${link.streams.join(', ')} from ${nameOf(link.from)} to ${nameOf(link.to)}`;
  const words = link.isStale ? `${way}: not running, or an end does not answer` : way;
  return (
    <a
      href={hrefTo('streams', isOne ? { stream: first } : {})}
      className={clsx(styles.label, link.isStale && styles.dimmed)}
      style={{ left: labelXPx - LABEL_PX / 2, top: labelYPx - LABEL_HEIGHT_PX / 2, width: LABEL_PX }}
      title={words}
    >
      <span className={styles.labelName}>{isOne ? first : `${link.streams.length} streams`}</span>
      {link.bitrateBps > 0 && <span className={styles.labelRate}>{formatBitRate(link.bitrateBps)}</span>}
      <span className="visually-hidden">{words}</span>
    </a>
  );
}

function nameOf(key: string): string {
  return key === OUTSIDE ? 'another cluster' : key.replace(/^(node|rest):/, '') || 'nodes without a site';
}
