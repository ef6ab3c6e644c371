import { ChartNoAxesColumn, Volume2, VolumeX } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '../../components/button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { Segmented } from '../../components/segmented.tsx';
import { TableToolbar } from '../../components/table-toolbar.tsx';
import styles from './live-view.module.css';
import { EMPTY_WALL, WALL_LAYOUTS, type Wall } from './live-wall.ts';
import { changeWall } from './use-wall.ts';

const ICON = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const;
const LAYOUT_OPTIONS = WALL_LAYOUTS.map((layout) => ({ value: String(layout), label: String(layout) }));

export interface LiveToolbarProps {
  readonly wall: Wall;
  readonly shownCount: number;
  readonly children: ReactNode;
}

/** What holds for all pictures of the wall. */
export function LiveToolbar({ wall, shownCount, children }: LiveToolbarProps) {
  const { streams, layout, hasSound, hasStats } = wall;
  const isPartly = shownCount < streams.length;
  return (
    <TableToolbar>
      <Segmented
        label="Pictures at once"
        value={String(layout)}
        options={LAYOUT_OPTIONS}
        onChange={(value) =>
          changeWall((before) => ({
            ...before,
            layout: WALL_LAYOUTS.find((one) => String(one) === value) ?? before.layout,
          }))
        }
      />
      <span className={styles.count} role="status">
        {isPartly && `${shownCount} of ${streams.length} in sight`}
      </span>
      <IconButton
        label={hasSound ? 'Sound off' : 'Sound of the active picture'}
        shortcut="M"
        aria-pressed={hasSound}
        onClick={() => changeWall((before) => ({ ...before, hasSound: !before.hasSound }))}
      >
        {hasSound ? <Volume2 {...ICON} /> : <VolumeX {...ICON} />}
      </IconButton>
      <IconButton
        label="Statistics on every picture"
        aria-pressed={hasStats}
        onClick={() => changeWall((before) => ({ ...before, hasStats: !before.hasStats }))}
      >
        <ChartNoAxesColumn {...ICON} />
      </IconButton>
      <Button
        tone="plain"
        disabled={streams.length === 0}
        onClick={() => changeWall((before) => ({ ...before, streams: EMPTY_WALL.streams, active: null }))}
      >
        Close all
      </Button>
      {children}
    </TableToolbar>
  );
}
