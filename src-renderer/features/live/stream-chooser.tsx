import { useMemo } from 'react';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { Checkbox } from '../../components/checkbox.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { FilterField } from '../../components/text-field.tsx';
import { formatBitRate, formatCount } from '../../format/numbers.ts';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { readAll } from '../../stores/live-sync.ts';
import { savedText, useSaved } from '../../stores/use-saved.ts';
import { liveWord } from '../streams/stream-words.ts';
import { type Wall, withoutStream, withStream } from './live-wall.ts';
import styles from './stream-chooser.module.css';
import { orderStreams } from './stream-order.ts';
import { changeWall } from './use-wall.ts';

/** More rows are found by typing. */
const SHOWN = 200;
const SKELETON_WIDTHS_PX = [92, 74, 110, 64];

/** All streams, live ones first: a box puts one on the wall, the row makes it the active picture. */
export function StreamChooser({ wall }: { readonly wall: Wall }) {
  const [filter, setFilter] = useSaved('live-filter', savedText);
  const phase = useClusterStore((state) => state.phase);
  const problem = useClusterStore((state) => state.problem);
  const streams = useClusterStore((state) => state.streams);
  const found = useMemo(() => orderStreams(streams, filter), [streams, filter]);
  const shown = found.slice(0, SHOWN);
  return (
    <section className={styles.panel} aria-label="Streams">
      <div className={styles.filter}>
        <FilterField label="Filter streams" value={filter} onChange={setFilter} />
      </div>
      <div className={styles.scroll}>
        {phase === 'loading' &&
          SKELETON_WIDTHS_PX.map((widthPx) => (
            <div key={widthPx} className={styles.row}>
              <Skeleton width={16} height={16} />
              <Skeleton width={widthPx} height={11} />
            </div>
          ))}
        {phase === 'failed' && (
          <ErrorState
            title="The streams cannot be read"
            message={problem ?? ''}
            onRetry={() => void readAll()}
          />
        )}
        {phase === 'ready' && shown.length === 0 && (
          <p className={styles.none}>
            {filter ? `No stream or node is called “${filter}”.` : 'No node has a stream now.'}
          </p>
        )}
        <ul>
          {shown.map((stream) => (
            <Row
              key={stream.id}
              stream={stream}
              isChosen={wall.streams.includes(stream.id)}
              isActive={wall.active === stream.id}
            />
          ))}
        </ul>
        {found.length > shown.length && (
          <p className={styles.none}>
            and {formatCount(found.length - shown.length)} more: type to find them
          </p>
        )}
      </div>
    </section>
  );
}

interface RowProps {
  readonly stream: StreamView;
  readonly isChosen: boolean;
  readonly isActive: boolean;
}

function Row({ stream, isChosen, isActive }: RowProps) {
  const { id, isLive, nodes } = stream;
  return (
    <li className={styles.row} data-active={isActive || undefined} data-off={!isLive || undefined}>
      <Checkbox
        isChecked={isChosen}
        label={`Watch ${id}`}
        isLabelHidden
        onChange={(isChecked) =>
          changeWall((wall) => (isChecked ? withStream(wall, id) : withoutStream(wall, id)))
        }
      />
      <button
        type="button"
        className={styles.stream}
        aria-current={isActive || undefined}
        onClick={() => changeWall((wall) => withStream(wall, id))}
      >
        <span className={styles.texts}>
          <span className={styles.name}>{id}</span>
          <span className={styles.nodes}>{nodes.map(({ alias }) => alias).join(' + ')}</span>
        </span>
        <span className={styles.rate}>{rateOf(stream)}</span>
        <StateDot tone={isLive ? 'ok' : 'idle'} label={liveWord(stream)} />
      </button>
    </li>
  );
}

/** Some nodes do not count their traffic. */
function rateOf(stream: StreamView): string {
  const { isLive, bitrateInBps } = stream;
  if (!isLive) return liveWord(stream).toLowerCase();
  return bitrateInBps > 0 ? formatBitRate(bitrateInBps) : '';
}
