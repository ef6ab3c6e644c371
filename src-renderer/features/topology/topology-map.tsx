import clsx from 'clsx';
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import type { NodeView } from '../../../src-shared/model/node-view.ts';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { TableToolbar } from '../../components/table-toolbar.tsx';
import { FilterField } from '../../components/text-field.tsx';
import { formatCounted } from '../../format/numbers.ts';
import { useCascadesStore } from '../../stores/cascades-store.ts';
import { savedText, useSaved } from '../../stores/use-saved.ts';
import { CardButton, CardSides } from './topology-card.tsx';
import { type TopologyCard, topologyGraph } from './topology-graph.ts';
import { layoutTopology, SIDE_PX, type TopologyLayout } from './topology-layout.ts';
import { LinkLabel, LinkLines } from './topology-links.tsx';
import styles from './topology-map.module.css';

export interface TopologyMapProps {
  readonly nodes: readonly NodeView[];
  readonly streams: readonly StreamView[];
  readonly selectedAlias: string | null;
  readonly onSelect: (alias: string) => void;
  /** Whether a node fits what was typed; the others are dimmed. */
  readonly fitsFilter: (node: NodeView, filter: string) => boolean;
  /** Controls beside the filter, and at the end of its row. */
  readonly children: ReactNode;
  readonly actions: ReactNode;
}

const FIRST_WIDTH_PX = 900;

/** The cluster as a picture: nodes by site, who publishes at their left, who watches at their right, relays as arrows. */
export function TopologyMap(props: TopologyMapProps) {
  const { nodes, streams, selectedAlias, onSelect, fitsFilter, children, actions } = props;
  const cascades = useCascadesStore((state) => state.cascades);
  const [filter, setFilter] = useSaved('nodes-filter', savedText);
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const [area, widthPx] = useWidth();
  const graph = useMemo(
    () => topologyGraph({ nodes, streams, cascades, unfolded }),
    [nodes, streams, cascades, unfolded],
  );
  const layout = useMemo(() => layoutTopology(graph, widthPx), [graph, widthPx]);
  const fitting = useMemo(
    () => new Set(nodes.filter((node) => fitsFilter(node, filter)).map(({ alias }) => alias)),
    [nodes, filter, fitsFilter],
  );
  const isDimmed = ({ alias }: TopologyCard): boolean =>
    filter !== '' && alias !== null && !fitting.has(alias);
  const toggle = (site: string): void =>
    setUnfolded((before) => {
      const next = new Set(before);
      if (!next.delete(site)) next.add(site);
      return next;
    });
  const selectedKey = selectedAlias === null ? null : `node:${selectedAlias}`;

  return (
    <section className={styles.view} aria-label="Map of links">
      <TableToolbar>
        <FilterField label="Filter nodes" className={styles.filter} value={filter} onChange={setFilter} />
        {children}
        <span className={styles.summary}>
          {cascades.length === 0
            ? 'No relay between nodes'
            : `${formatCounted(cascades.length, 'relay')} between nodes`}
        </span>
        {actions}
      </TableToolbar>
      <div ref={area} className={styles.area}>
        {/* The keys only move the focus between the buttons within. */}
        <fieldset
          aria-label="Nodes and relays"
          className={clsx(styles.map, layout.isDense && styles.dense)}
          style={{ width: layout.widthPx, height: layout.heightPx }}
          onKeyDown={moveFocus}
        >
          <ColumnHeads layout={layout} />
          {layout.sites.map(({ site, xPx, yPx, widthPx: boxPx, heightPx }) => (
            <div
              key={`site:${site.site}`}
              className={styles.site}
              style={{ left: xPx, top: yPx, width: boxPx, height: heightPx }}
            >
              {site.isFoldable ? (
                <button
                  type="button"
                  className={styles.fold}
                  aria-expanded={!site.isFolded}
                  onClick={() => toggle(site.site)}
                >
                  {site.site || 'Without a site'}
                </button>
              ) : (
                <h2 className={styles.siteName}>{site.site || 'Without a site'}</h2>
              )}
            </div>
          ))}
          <LinkLines layout={layout} selectedKey={selectedKey} />
          {layout.cards.map((placed) => (
            <CardSides key={placed.card.key} placed={placed} isDimmed={isDimmed(placed.card)} />
          ))}
          {layout.cards.map((placed) => (
            <CardButton
              key={placed.card.key}
              placed={placed}
              isSelected={placed.card.key === selectedKey}
              isDimmed={isDimmed(placed.card)}
              onPress={() => {
                const { alias, key } = placed.card;
                if (alias !== null) onSelect(alias);
                else toggle(key.replace(/^rest:/, ''));
              }}
            />
          ))}
          {layout.links.map((placed) => (
            <LinkLabel key={`${placed.link.from} ${placed.link.to}`} placed={placed} />
          ))}
        </fieldset>
      </div>
    </section>
  );
}

function ColumnHeads({ layout }: { readonly layout: TopologyLayout }) {
  const { columnsPx, cardWidthPx } = layout;
  return columnsPx.map((xPx) => (
    <div
      key={xPx}
      className={styles.heads}
      style={{ left: xPx - SIDE_PX, width: cardWidthPx + 2 * SIDE_PX }}
      aria-hidden
    >
      <span>Publishers</span>
      <span>Viewers</span>
    </div>
  ));
}

/** Arrow keys go from button to button, as in a list. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (step === 0 || !(event.target instanceof HTMLButtonElement)) return;
  const buttons = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('button[data-card]')];
  const index = buttons.indexOf(event.target);
  const next = buttons[index + step];
  if (index < 0 || !next) return;
  event.preventDefault();
  next.focus();
}

/** The width of an element, as it is now. */
function useWidth(): readonly [React.RefObject<HTMLDivElement | null>, number] {
  const element = useRef<HTMLDivElement>(null);
  const [widthPx, setWidthPx] = useState(FIRST_WIDTH_PX);
  useEffect(() => {
    const observed = element.current;
    if (!observed) return;
    const observer = new ResizeObserver(() => setWidthPx(observed.clientWidth));
    observer.observe(observed);
    return () => observer.disconnect();
  }, []);
  return [element, widthPx];
}
