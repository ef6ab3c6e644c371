import { Badge } from '../../components/badge.tsx';
import { Callout } from '../../components/callout.tsx';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { codecName } from '../player/player-recovery.ts';
import styles from './detail-panel.module.css';
import { Fact } from './fact.tsx';
import { clockSourceText, clockText, formatText, repairText, segmentText } from './instant-texts.ts';
import { useInstant } from './use-instant.ts';

/** Where the instant under the playhead comes from, and how good it is. */
export function UnderPlayhead({ stream }: { readonly stream: string | null }) {
  const { instant, problem } = useInstant(stream);
  const segment = instant?.segment ?? null;
  const offsetMs = useClusterStore(
    (state) => state.nodes.find((node) => node.alias === segment?.node)?.clockOffsetMs ?? null,
  );
  return (
    <section className={styles.under} aria-label="Under the playhead">
      <h2 className={styles.caption}>Under the playhead{stream ? ` · ${stream}` : ''}</h2>
      <dl className={styles.facts}>
        <Fact name="Node">
          {segment && (
            <>
              {segment.node} {segment.fillsGapOf && <Badge>fills a gap of {segment.fillsGapOf}</Badge>}
            </>
          )}
        </Fact>
        <Fact name="Segment">{segment && segmentText(segment)}</Fact>
        <Fact name="Clock">
          {segment && (
            <span title={`The time is ${clockSourceText(segment.clockSource)}.`}>
              {clockText(segment.clockSource, offsetMs)}
            </span>
          )}
        </Fact>
        <Fact name="Repair">{segment && repairText(segment.droppedSamples)}</Fact>
        <Fact name="Format">{segment && formatText(segment, codecName)}</Fact>
      </dl>
      {instant && !segment && <p className={styles.quiet}>Nothing is recorded at this instant.</p>}
      {problem && <Callout tone="bad">{problem}</Callout>}
      {segment?.problem && <Callout>{segment.problem}</Callout>}
      {segment?.audioProblem && <Callout>{segment.audioProblem}</Callout>}
    </section>
  );
}
