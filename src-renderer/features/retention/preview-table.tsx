import { ChevronRight, Shield } from 'lucide-react';
import { useState } from 'react';
import type { RetentionPreview, RetentionStreamPreview } from '../../../src-shared/model/retention.ts';
import { US_PER_DAY } from '../../../src-shared/util/units.ts';
import { Callout } from '../../components/callout.tsx';
import { formatBytes, formatCount, formatCounted } from '../../format/numbers.ts';
import { formatDateTime } from '../../format/times.ts';
import { hrefTo } from '../../router.ts';
import { useZone } from '../../stores/settings-store.ts';
import styles from './preview-table.module.css';
import { amountText, dayText, hoursText } from './retention-words.ts';

/** What would go, per stream, opened up per day; and what stays although its rule would remove it. */
export function PreviewTable({ preview }: { readonly preview: RetentionPreview }) {
  const problems = preview.rules.flatMap(({ problem }) => (problem === null ? [] : [problem]));
  return (
    <>
      {[...new Set(problems)].map((problem) => (
        <Callout key={problem} tone="warn">
          {problem}
        </Callout>
      ))}
      {preview.streams.length > 0 && (
        <div className={styles.scroll}>
          <table className={styles.table} aria-label="What would be removed">
            <thead>
              <tr>
                <th scope="col">Stream</th>
                <th scope="col">Up to</th>
                <th scope="col">By</th>
                <th scope="col" data-number>
                  Segments
                </th>
                <th scope="col" data-number>
                  Recorded
                </th>
                <th scope="col" data-number>
                  Size
                </th>
              </tr>
            </thead>
            {preview.streams.map((stream) => (
              <StreamRows key={stream.stream} entry={stream} />
            ))}
          </table>
        </div>
      )}
      {!preview.isComplete && (
        <p className={styles.note}>
          Only the first {formatCount(preview.streams.length)} streams are listed.
        </p>
      )}
    </>
  );
}

function StreamRows({ entry }: { readonly entry: RetentionStreamPreview }) {
  const zone = useZone();
  const [isOpen, setOpen] = useState(false);
  const { bytes, cutoffUs, days, durationUs, kept, limit, segments, stream } = entry;
  const count = formatCounted(days.length, 'day');
  return (
    <tbody>
      <tr>
        <th scope="row">
          <button
            type="button"
            className={styles.open}
            aria-expanded={isOpen}
            disabled={days.length === 0}
            onClick={() => setOpen(!isOpen)}
          >
            <ChevronRight size={16} strokeWidth={1.75} aria-hidden data-open={isOpen || undefined} />
            {stream}
            <span className={styles.quiet}>{count}</span>
          </button>
        </th>
        <td>{formatDateTime(cutoffUs, zone, 'minutes')}</td>
        <td>{limit === 'age' ? 'Age' : 'Size'}</td>
        <td data-number>{formatCount(segments)}</td>
        <td data-number>{hoursText(durationUs)}</td>
        <td data-number>{formatBytes(bytes)}</td>
      </tr>
      {isOpen &&
        days.map((day) => (
          <tr key={day.day} className={styles.day}>
            <td>
              <a href={hrefTo('recordings', { stream, at: day.day * US_PER_DAY })}>{dayText(day.day)}</a>
            </td>
            <td colSpan={2} />
            <td data-number>{formatCount(day.segments)}</td>
            <td data-number>{hoursText(day.durationUs)}</td>
            <td data-number>{formatBytes(day.bytes)}</td>
          </tr>
        ))}
      {kept.map((each) => (
        <tr key={each.text} className={styles.kept}>
          <td colSpan={6}>
            <span className={styles.why}>
              <Shield size={14} strokeWidth={1.75} aria-hidden />
              {amountText(each)} stay. {each.text}
            </span>
          </td>
        </tr>
      ))}
    </tbody>
  );
}
