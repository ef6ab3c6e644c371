import { useShallow } from 'zustand/react/shallow';
import type { RecordedStream } from '../../../src-shared/model/segment.ts';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { Checkbox } from '../../components/checkbox.tsx';
import { ErrorState } from '../../components/error-state.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { FilterField } from '../../components/text-field.tsx';
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

const SKELETON_WIDTHS_PX = [92, 74, 110, 64, 84, 102];

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
    <section className={styles.panel} aria-label="Streams">
      <div className={styles.filter}>
        <FilterField label="Filter streams" value={filter} onChange={setFilter} />
      </div>
      <div className={styles.scroll}>
        {phase === 'loading' && <LoadingRows />}
        {phase === 'failed' && (
          <ErrorState title="The list cannot be read" message={error ?? ''} onRetry={() => void load()} />
        )}
        {phase === 'ready' && shown.length === 0 && (
          <p className={styles.none}>
            {filter ? `No stream or node is called “${filter}”.` : 'No stream has recordings yet.'}
          </p>
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
      </div>
    </section>
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
    <li className={styles.row} data-active={isActive || undefined}>
      <Checkbox
        isChecked={isChosen}
        label={`Show ${stream.stream} on the timeline`}
        isLabelHidden
        onChange={(isChecked) => setChosen(stream.stream, isChecked)}
      />
      <button
        type="button"
        className={styles.stream}
        aria-current={isActive || undefined}
        onClick={() => setActive(stream.stream)}
      >
        <span className={styles.texts}>
          <span className={styles.name}>{stream.stream}</span>
          <span className={styles.nodes}>{stream.nodes.join(' + ')}</span>
        </span>
        <MiniCoverage spans={spans} day={day} />
        <StateDot
          tone={stream.isRecording ? 'rec' : 'idle'}
          label={stream.isRecording ? 'Recording' : 'Not recording'}
        />
      </button>
    </li>
  );
}

function LoadingRows() {
  return (
    <div role="status" aria-label="Loading streams">
      {SKELETON_WIDTHS_PX.map((widthPx) => (
        <div key={widthPx} className={styles.row}>
          <Skeleton width={16} height={16} />
          <span className={styles.texts}>
            <Skeleton width={widthPx} height={11} />
          </span>
        </div>
      ))}
    </div>
  );
}
