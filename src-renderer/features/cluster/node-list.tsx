import { X } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import type { NodeView } from '../../../src-shared/model/node-view.ts';
import { Button } from '../../components/button.tsx';
import { ColumnMenu } from '../../components/column-menu.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { nextSort, sortRows } from '../../components/sort-rows.ts';
import { TableSkeleton } from '../../components/table-skeleton.tsx';
import { TableToolbar } from '../../components/table-toolbar.tsx';
import { FilterField } from '../../components/text-field.tsx';
import { setHiddenColumns, setSort, useSettingsStore } from '../../stores/settings-store.ts';
import { savedText, useSaved } from '../../stores/use-saved.ts';
import { AddNodeButton } from './add-node-button.tsx';
import { HIDDEN_AT_FIRST, NODE_COLUMNS, type NodeRow } from './node-columns.tsx';
import styles from './node-list.module.css';
import { needsAttention, nodeWord } from './node-words.ts';

export interface NodeListProps {
  readonly nodes: readonly NodeView[];
  readonly nowMs: number;
  readonly isLoading: boolean;
  readonly showsAttentionOnly: boolean;
  readonly selectedAlias: string | null;
  readonly onSelect: (alias: string) => void;
  readonly onShowAll: () => void;
  /** The choice between this table and other ways to look at the nodes. */
  readonly children: ReactNode;
}

const TABLE = 'nodes';
const FIRST_SORT = { column: 'node', isDescending: false };

const keyOf = (row: NodeRow) => row.node.alias;

/** Whether a node fits what was typed: its alias, site, address, state or version. */
export function fitsFilter(node: NodeView, filter: string): boolean {
  const text = [node.alias, node.site, node.url, nodeWord(node), node.version ?? ''].join(' ');
  const haystack = text.toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word));
}

/** The table of nodes with filter, sort and choice of columns. */
export function NodeList(props: NodeListProps) {
  const { nodes, nowMs, isLoading, showsAttentionOnly, selectedAlias, onSelect, onShowAll, children } = props;
  const [filter, setFilter] = useSaved('nodes-filter', savedText);
  const hidden = useSettingsStore((state) => state.hiddenColumns[TABLE] ?? HIDDEN_AT_FIRST);
  const sort = useSettingsStore((state) => state.sorts[TABLE] ?? FIRST_SORT);
  const rows = useNodeRows(nodes, nowMs);
  const shown = useMemo(() => {
    const fitting = rows.filter(
      ({ node }) => fitsFilter(node, filter) && (!showsAttentionOnly || needsAttention(node)),
    );
    return sortRows(fitting, NODE_COLUMNS, sort);
  }, [rows, filter, showsAttentionOnly, sort]);
  const columns = useMemo(() => NODE_COLUMNS.filter((column) => !hidden.includes(column.id)), [hidden]);

  return (
    <section className={styles.list} aria-label="Nodes">
      <TableToolbar>
        <FilterField label="Filter nodes" className={styles.filter} value={filter} onChange={setFilter} />
        {children}
        {showsAttentionOnly && (
          <Button onClick={onShowAll} icon={<X size={14} strokeWidth={1.75} aria-hidden />}>
            Needing attention only
          </Button>
        )}
        <span className={styles.spacer} />
        <AddNodeButton />
        <ColumnMenu
          columns={NODE_COLUMNS}
          hidden={hidden}
          onChange={(next) => setHiddenColumns(TABLE, next)}
        />
      </TableToolbar>
      {isLoading ? (
        <TableSkeleton label="Reading the nodes" />
      ) : (
        <DataTable
          label="Nodes"
          rows={shown}
          columns={columns}
          keyOf={keyOf}
          selectedKey={selectedAlias}
          onSelect={onSelect}
          sort={sort}
          onSort={(column) => setSort(TABLE, nextSort(NODE_COLUMNS, sort, column))}
          empty={
            <NoNodes
              isFiltered={filter !== ''}
              onClear={() => {
                setFilter('');
                onShowAll();
              }}
            />
          }
        />
      )}
    </section>
  );
}

interface NoNodesProps {
  readonly isFiltered: boolean;
  readonly onClear: () => void;
}

function NoNodes({ isFiltered, onClear }: NoNodesProps) {
  return (
    <EmptyState
      title={isFiltered ? 'No node fits the filter' : 'Every node is well'}
      action={<Button onClick={onClear}>Show all nodes</Button>}
    >
      {isFiltered && 'The text is looked for in name, site, address, state and version.'}
    </EmptyState>
  );
}

/** Rows whose identity changes only with what they show: time counts only for nodes that are silent. */
function useNodeRows(nodes: readonly NodeView[], nowMs: number): readonly NodeRow[] {
  const [cache] = useState(() => new WeakMap<NodeView, NodeRow>());
  return useMemo(
    () =>
      nodes.map((node) => {
        const known = cache.get(node);
        if (known && (node.state !== 'down' || known.nowMs === nowMs)) return known;
        const row = { node, nowMs };
        cache.set(node, row);
        return row;
      }),
    [nodes, nowMs, cache],
  );
}
