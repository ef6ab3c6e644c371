import { Eye } from 'lucide-react';
import type { StreamView } from '../../../src-shared/model/stream-view.ts';
import { SectionTitle } from '../../components/section-title.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { codecNames } from '../../format/codecs.ts';
import { formatBitRate, formatCount } from '../../format/numbers.ts';
import { StreamMenu } from '../streams/stream-menu.tsx';
import styles from './node-streams.module.css';

export interface NodeStreamsProps {
  readonly alias: string;
  readonly streams: readonly StreamView[];
}

const SHOWN = 50;

/** The streams a node holds. */
export function NodeStreams({ alias, streams }: NodeStreamsProps) {
  const held = streams.flatMap((stream) => {
    const part = stream.nodes.find((node) => node.alias === alias);
    return part ? [{ stream, part }] : [];
  });
  return (
    <section aria-label="Streams of this node">
      <SectionTitle>Streams</SectionTitle>
      <ul className={styles.list}>
        {held.slice(0, SHOWN).map(({ stream, part }) => (
          <li key={stream.id} className={styles.stream} data-stale={part.isStale || undefined}>
            <StateDot
              tone={stream.isRecording ? 'rec' : 'idle'}
              label={stream.isRecording ? 'recording' : 'not recording'}
            />
            <StreamMenu id={stream.id} />
            <span className={styles.codecs} title={codecNames(stream.codecs)}>
              {part.isStale ? 'its last word' : codecNames(stream.codecs)}
            </span>
            <span className={styles.rate}>{formatBitRate(part.bitrateInBps)}</span>
            <span className={styles.viewers} title="Viewers on this node">
              {formatCount(part.viewerCount)}
              <Eye size={12} strokeWidth={1.75} role="img" aria-label="viewers" />
            </span>
          </li>
        ))}
      </ul>
      {held.length === 0 && <p className={styles.none}>It holds no stream.</p>}
      {held.length > SHOWN && <p className={styles.none}>and {held.length - SHOWN} more</p>}
    </section>
  );
}
