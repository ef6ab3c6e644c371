import { RefreshCw, TriangleAlert } from 'lucide-react';
import type { IndexDoor, NodeIndexStatus } from '../../../src-shared/contract/index-routes.ts';
import { Button } from '../../components/button.tsx';
import type { Column } from '../../components/data-table.tsx';
import styles from '../../components/table-cells.module.css';
import { formatSpanMs } from '../../format/durations.ts';
import { formatCount } from '../../format/numbers.ts';
import { hrefTo } from '../../router.ts';
import { compareNames } from '../../stores/keyed-list.ts';

const DOOR_WORDS: Readonly<Record<IndexDoor, string>> = {
  index: 'Its list is fetched',
  pull: 'Its segments are fetched',
  folders: 'Its folders are followed',
  report: 'It reports segments',
  none: 'Nothing known of it',
};

function doorText(door: IndexDoor, isSynced: boolean): string {
  if (!isSynced && door === 'index') return 'It has a list, not fetched';
  return !isSynced && door === 'folders' ? 'Its folders, not followed' : DOOR_WORDS[door];
}

/** All columns of the table of nodes as the index sees them, in order; `onSync` null for those who may not fetch. */
export function syncColumns(
  nowMs: number,
  onSync: ((alias: string) => Promise<void>) | null,
): readonly Column<NodeIndexStatus>[] {
  const ago = (atMs: number | null): string =>
    atMs === null ? 'never' : `${formatSpanMs(Math.max(0, nowMs - atMs))} ago`;
  return [
    {
      id: 'node',
      title: 'Node',
      minPx: 180,
      grow: 1,
      compare: (a, b) => compareNames(a.alias, b.alias),
      cell: ({ alias, isInCluster }) =>
        isInCluster ? (
          <a className={styles.name} href={hrefTo('cluster', { node: alias })}>
            {alias}
          </a>
        ) : (
          <>
            <span className={styles.name}>{alias}</span>
            <span className={styles.more}>not in the cluster</span>
          </>
        ),
    },
    {
      id: 'door',
      title: 'How recordings come',
      minPx: 168,
      grow: 0.9,
      compare: (a, b) => compareNames(a.door, b.door),
      cell: ({ door, isInCluster, isSynced }) => (
        <span className={styles.quiet}>{isInCluster ? doorText(door, isSynced) : '–'}</span>
      ),
    },
    {
      id: 'sync',
      title: 'Last fetched',
      minPx: 108,
      grow: 0.5,
      isNumber: true,
      compare: (a, b) => (a.lastSyncMs ?? 0) - (b.lastSyncMs ?? 0),
      cell: ({ isRunning, isSynced, lastSyncMs }) => (
        <span className={styles.quiet}>{isRunning ? 'now' : isSynced ? ago(lastSyncMs) : '–'}</span>
      ),
    },
    {
      id: 'newest',
      title: 'Newest indexed',
      minPx: 116,
      grow: 0.5,
      isNumber: true,
      compare: (a, b) => (a.newestUs ?? 0) - (b.newestUs ?? 0),
      cell: ({ newestUs }) => (newestUs === null ? '–' : ago(newestUs / 1000)),
    },
    {
      id: 'open',
      title: 'Unfinished',
      minPx: 88,
      grow: 0.3,
      isNumber: true,
      compare: (a, b) => a.openCount - b.openCount,
      cell: ({ openCount }) => (
        <span className={openCount === 0 ? styles.quiet : undefined}>{formatCount(openCount)}</span>
      ),
    },
    {
      id: 'problem',
      title: 'What is wrong',
      minPx: 160,
      grow: 3,
      cell: ({ problem }) =>
        problem && (
          <span className={styles.problem} title={problem}>
            <TriangleAlert size={14} strokeWidth={1.75} aria-hidden />
            <span className={styles.words}>{problem}</span>
          </span>
        ),
    },
    ...(onSync ? [fetchColumn(onSync)] : []),
  ];
}

function fetchColumn(onSync: (alias: string) => Promise<void>): Column<NodeIndexStatus> {
  return {
    id: 'actions',
    title: 'Actions',
    isTitleHidden: true,
    minPx: 108,
    cell: ({ alias, isSynced }) =>
      isSynced && (
        <Button
          tone="plain"
          icon={<RefreshCw size={14} strokeWidth={1.75} aria-hidden />}
          onClick={() => void onSync(alias)}
        >
          Fetch now
        </Button>
      ),
  };
}
