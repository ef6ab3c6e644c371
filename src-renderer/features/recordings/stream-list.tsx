import { useShallow } from 'zustand/react/shallow';
import type { RecordedStream } from '../../../src-shared/model/segment.ts';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { ErrorState } from '../../components/error-state.tsx';
import { PickList, PickNote, PickRow, PickSkeleton } from '../../components/pick-list.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { useRecordingsStore } from '../../stores/recordings-store.ts';
import { savedText, useSaved } from '../../stores/use-saved.ts';
import type { CoverageSource } from '../timeline/coverage-source.ts';
import { MiniCoverage, useMiniCoverage } from './mini-coverage.tsx';
import { filterStreams, groupBySite } from './stream-filter.ts';
import styles from './stream-list.module.css';

export interface StreamListProps {
  readonly source: CoverageSource;
  /** The day whose coverage the small bars show. */
  readonly day: TimeRange;
}

/** Streams with recordings: a box adds a lane, the row makes it the one that is looked at. */
export function StreamList({ source, day }: StreamListProps) {
  const [filter, setFilter] = useSaved('recordings-filter', savedText);
  const streams = useRecordingsStore((state) => state.streams);
  const phase = useRecordingsStore((state) => state.phase);
  const error = useRecordingsStore((state) => state.error);
  const load = useRecordingsStore((state) => state.load);
  const sites = useClusterStore(
    useShallow((state) => new Map(state.nodes.map((node) => [node.alias, node.site]))),
  );
  const shown = filterStreams(streams, filter);
  const groups = groupBySite(shown, (node) => sites.get(node) ?? '');
  const coverageOf = useMiniCoverage(source, shown, day);

  return (
    <PickList label="Streams" filterLabel="Filter streams" filter={filter} onFilter={setFilter}>
      {phase === 'loading' && <PickSkeleton label="Loading streams" />}
      {phase === 'failed' && (
        <ErrorState title="The list cannot be read" message={error ?? ''} onRetry={() => void load()} />
      )}
      {phase === 'ready' && shown.length === 0 && (
        <PickNote>
          {filter ? `No stream or node is called “${filter}”.` : 'No stream has recordings yet.'}
        </PickNote>
      )}
      {groups.map(({ site, streams: members }) => (
        <section key={site} aria-label={site || 'Streams'}>
          {(site || groups.length > 1) && <h2 className={styles.site}>{site || 'Without a site'}</h2>}
          <ul>
            {members.map((stream) => (
              <StreamRow key={stream.stream} stream={stream} spans={coverageOf(stream.stream)} day={day} />
            ))}
          </ul>
        </section>
      ))}
    </PickList>
  );
}

interface StreamRowProps {
  readonly stream: RecordedStream;
  readonly spans: readonly TimeRange[] | null;
  readonly day: TimeRange;
}

function StreamRow({ stream, spans, day }: StreamRowProps) {
  const isChosen = useRecordingsStore((state) => state.chosen?.includes(stream.stream) ?? false);
  const isActive = useRecordingsStore((state) => state.active === stream.stream);
  const setChosen = useRecordingsStore((state) => state.setChosen);
  const setActive = useRecordingsStore((state) => state.setActive);
  return (
    <PickRow
      name={stream.stream}
      hint={stream.nodes.join(' + ')}
      boxLabel={`Show ${stream.stream} on the timeline`}
      isChosen={isChosen}
      isActive={isActive}
      onChoose={(isNow) => setChosen(stream.stream, isNow)}
      onActivate={() => setActive(stream.stream)}
    >
      <MiniCoverage spans={spans} day={day} />
      <StateDot
        tone={stream.isRecording ? 'rec' : 'idle'}
        label={stream.isRecording ? 'Recording' : 'Not recording'}
      />
    </PickRow>
  );
}
