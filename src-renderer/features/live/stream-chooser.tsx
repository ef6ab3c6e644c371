import { useMemo } from 'react';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { ErrorState } from '../../components/error-state.tsx';
import { PickList, PickNote, PickRow, PickSkeleton } from '../../components/pick-list.tsx';
import { StateDot } from '../../components/state-dot.tsx';
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

/** All streams, live ones first: a box puts one on the wall, the row makes it the active picture. */
export function StreamChooser({ wall }: { readonly wall: Wall }) {
  const [filter, setFilter] = useSaved('live-filter', savedText);
  const phase = useClusterStore((state) => state.phase);
  const problem = useClusterStore((state) => state.problem);
  const streams = useClusterStore((state) => state.streams);
  const found = useMemo(() => orderStreams(streams, filter), [streams, filter]);
  const shown = found.slice(0, SHOWN);
  return (
    <PickList label="Streams" filterLabel="Filter streams" filter={filter} onFilter={setFilter}>
      {phase === 'loading' && <PickSkeleton label="Loading streams" />}
      {phase === 'failed' && (
        <ErrorState
          title="The streams cannot be read"
          message={problem ?? ''}
          onRetry={() => void readAll()}
        />
      )}
      {phase === 'ready' && shown.length === 0 && (
        <PickNote>
          {filter ? `No stream or node is called “${filter}”.` : 'No node has a stream now.'}
        </PickNote>
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
        <PickNote>and {formatCount(found.length - shown.length)} more: type to find them</PickNote>
      )}
    </PickList>
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
    <PickRow
      name={id}
      hint={nodes.map(({ alias }) => alias).join(' + ')}
      boxLabel={`Watch ${id}`}
      isChosen={isChosen}
      isActive={isActive}
      isOff={!isLive}
      onChoose={(isNow) => changeWall((wall) => (isNow ? withStream(wall, id) : withoutStream(wall, id)))}
      onActivate={() => changeWall((wall) => withStream(wall, id))}
    >
      <span className={styles.rate}>{rateOf(stream)}</span>
      <StateDot tone={isLive ? 'ok' : 'idle'} label={liveWord(stream)} />
    </PickRow>
  );
}

/** Some nodes do not count their traffic. */
function rateOf(stream: StreamView): string {
  const { isLive, bitrateInBps } = stream;
  if (!isLive) return liveWord(stream).toLowerCase();
  return bitrateInBps > 0 ? formatBitRate(bitrateInBps) : '';
}
