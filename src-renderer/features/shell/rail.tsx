import { Aperture } from 'lucide-react';
import { Tooltip } from '../../components/tooltip.tsx';
import { hrefTo, type View } from '../../router.ts';
import styles from './rail.module.css';
import { VIEW_LIST, type ViewEntry } from './view-list.ts';

export interface RailProps {
  readonly current: View;
  readonly activeExports: number;
}

/** The views, at the left edge. */
export function Rail({ current, activeExports }: RailProps) {
  return (
    <nav className={styles.rail} aria-label="Views">
      <Aperture className={styles.logo} size={20} strokeWidth={1.75} aria-hidden />
      {VIEW_LIST.map((entry) => (
        <RailLink
          key={entry.view}
          entry={entry}
          isCurrent={entry.view === current}
          count={entry.view === 'exports' ? activeExports : 0}
        />
      ))}
    </nav>
  );
}

interface RailLinkProps {
  readonly entry: ViewEntry;
  readonly isCurrent: boolean;
  readonly count: number;
}

function RailLink({ entry, isCurrent, count }: RailLinkProps) {
  const { view, title, Icon } = entry;
  const label = count > 0 ? `${title}, ${count} running` : title;
  return (
    <Tooltip text={label} side="right">
      <a
        href={hrefTo(view)}
        className={styles.link}
        data-foot={view === 'settings' || undefined}
        aria-label={label}
        aria-current={isCurrent ? 'page' : undefined}
      >
        <Icon size={18} strokeWidth={1.75} aria-hidden />
        {count > 0 && (
          <span className={styles.count} aria-hidden>
            {count > 99 ? '99' : count}
          </span>
        )}
      </a>
    </Tooltip>
  );
}
