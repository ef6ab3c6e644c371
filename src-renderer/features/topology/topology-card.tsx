import clsx from 'clsx';
import { ChevronRight, Eye, Radio } from 'lucide-react';
import { StateDot } from '../../components/state-dot.tsx';
import { formatBitRate, formatCount, formatCounted } from '../../format/numbers.ts';
import { stateTone, stateWord } from '../cluster/node-words.ts';
import { OUTSIDE, type TopologyCard } from './topology-graph.ts';
import { type PlacedCard, SIDE_PX } from './topology-layout.ts';
import styles from './topology-map.module.css';

/** Names of streams within a card, and in its tooltip. */
const NAMED = 4;
const NAMED_ON_HOVER = 20;
const ICON = { size: 12, strokeWidth: 1.75, 'aria-hidden': true } as const;

export interface CardButtonProps {
  readonly placed: PlacedCard;
  readonly isSelected: boolean;
  readonly isDimmed: boolean;
  readonly onPress: () => void;
}

/** A node as a button that selects it; a folded site as one that unfolds it. */
export function CardButton({ placed, isSelected, isDimmed, onPress }: CardButtonProps) {
  const { card, xPx, yPx, widthPx, heightPx } = placed;
  const place = { left: xPx, top: yPx, width: widthPx, height: heightPx };
  if (card.key === OUTSIDE) {
    return (
      <div className={clsx(styles.card, styles.silent)} style={place}>
        <span className={styles.title}>{card.title}</span>
      </div>
    );
  }
  return (
    <button
      type="button"
      data-card=""
      className={clsx(styles.card, isSilent(card) && styles.silent, isDimmed && styles.dimmed)}
      style={place}
      title={card.streams.slice(0, NAMED_ON_HOVER).join('\n')}
      aria-pressed={card.alias === null ? undefined : isSelected}
      onClick={onPress}
    >
      {card.state && <StateDot tone={stateTone(card.state)} />}
      <span className={styles.names}>
        <span className={styles.title}>{card.title}</span>
        {card.streams.length > 0 && <span className={styles.streams}>{streamWords(card)}</span>}
      </span>
      <span className={styles.word}>{wordOf(card)}</span>
      {card.alias === null && <ChevronRight {...ICON} />}
      <span className="visually-hidden">
        , {formatCounted(card.publisherCount, 'publisher')}, {formatCounted(card.viewerCount, 'viewer')}
      </span>
    </button>
  );
}

/** By name as far as there is room; of several nodes only how many. */
function streamWords({ alias, streams }: TopologyCard): string {
  if (alias === null) return formatCounted(streams.length, 'stream');
  const more = streams.length - NAMED;
  return streams.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${formatCount(more)} more` : '');
}

/** Nothing where nothing is known: some nodes do not count. */
function rateOf(bitrateBps: number): string {
  return bitrateBps > 0 ? formatBitRate(bitrateBps) : '';
}

function isSilent({ nodeCount, silentCount }: TopologyCard): boolean {
  return nodeCount > 0 && silentCount === nodeCount;
}

function wordOf({ alias, state, nodeCount, silentCount }: TopologyCard): string {
  if (alias === null)
    return silentCount > 0 ? `${silentCount} silent` : `${nodeCount === 1 ? 'is' : 'all'} up`;
  return state === null ? '' : stateWord(state);
}

/** Who publishes to a node, at its left, and who watches from it, at its right; both counted. */
export function CardSides({ placed, isDimmed }: { readonly placed: PlacedCard; readonly isDimmed: boolean }) {
  const { card, xPx, yPx, widthPx } = placed;
  const className = clsx(styles.side, (isDimmed || isSilent(card)) && styles.dimmed);
  return (
    <>
      {card.publisherCount > 0 && (
        <div
          className={clsx(className, styles.publishers)}
          style={{ left: xPx - SIDE_PX, top: yPx, width: SIDE_PX }}
        >
          <span
            className={styles.figure}
            title={`${formatCounted(card.publisherCount, 'publisher')} ${rateOf(card.publishedBps)}`}
          >
            <Radio {...ICON} />
            {formatCount(card.publisherCount)}
          </span>
          <span className={styles.rate}>{rateOf(card.publishedBps)}</span>
          <span className={styles.stub} />
        </div>
      )}
      {card.viewerCount > 0 && (
        <div
          className={clsx(className, styles.viewers)}
          style={{ left: xPx + widthPx, top: yPx, width: SIDE_PX }}
        >
          <span className={styles.stub} />
          <span
            className={styles.figure}
            title={`${formatCounted(card.viewerCount, 'viewer')} ${rateOf(card.watchedBps)}`}
          >
            <Eye {...ICON} />
            {formatCount(card.viewerCount)}
          </span>
          <span className={styles.rate}>{rateOf(card.watchedBps)}</span>
        </div>
      )}
    </>
  );
}
