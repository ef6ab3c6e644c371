import { Aperture } from 'lucide-react';
import { Tooltip } from '../../components/tooltip.tsx';
import { hrefTo, type View } from '../../router.ts';
import { lastPlaceOf, useSettingsStore } from '../../stores/settings-store.ts';
import styles from './rail.module.css';
import { VIEW_LIST, type ViewEntry } from './view-list.ts';

export interface RailProps {
  readonly current: View;
  readonly activeExports: number;
  /** Open alerts nobody took note of. */
  readonly newAlerts: number;
}

/** The views, at the left edge. */
export function Rail({ current, activeExports, newAlerts }: RailProps) {
  const marks: Partial<Record<View, RailMark>> = {
    exports: { count: activeExports, words: 'running', isBad: false },
    alerts: { count: newAlerts, words: 'new', isBad: true },
  };
  return (
    <nav className={styles.rail} aria-label="Views">
      <Aperture className={styles.logo} size={20} strokeWidth={1.75} aria-hidden />
      {VIEW_LIST.filter(({ isHidden }) => !isHidden).map((entry) => (
        <RailLink
          key={entry.view}
          entry={entry}
          isCurrent={entry.view === current}
          mark={marks[entry.view]}
        />
      ))}
    </nav>
  );
}

/** A number at a view. */
interface RailMark {
  readonly count: number;
  readonly words: string;
  readonly isBad: boolean;
}

interface RailLinkProps {
  readonly entry: ViewEntry;
  readonly isCurrent: boolean;
  readonly mark: RailMark | undefined;
}

function RailLink({ entry, isCurrent, mark }: RailLinkProps) {
  const { view, title, Icon } = entry;
  const count = mark?.count ?? 0;
  // The view that is shown begins anew, the others are as they were left.
  const href = useSettingsStore((state) => (isCurrent ? hrefTo(view) : lastPlaceOf(state, view)));
  const label = mark && count > 0 ? `${title}, ${count} ${mark.words}` : title;
  return (
    <Tooltip text={label} side="right">
      <a
        href={href}
        className={styles.link}
        data-foot={view === 'settings' || undefined}
        aria-label={label}
        aria-current={isCurrent ? 'page' : undefined}
      >
        <Icon size={18} strokeWidth={1.75} aria-hidden />
        {count > 0 && (
          <span className={styles.count} data-bad={mark?.isBad || undefined} aria-hidden>
            {count > 99 ? '99' : count}
          </span>
        )}
      </a>
    </Tooltip>
  );
}
