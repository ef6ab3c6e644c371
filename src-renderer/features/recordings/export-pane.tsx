import { Download } from 'lucide-react';
import { useState } from 'react';
import type { TimeRange } from '../../../src-shared/model/time-range.ts';
import { api, errorMessage } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { Segmented } from '../../components/segmented.tsx';
import { formatBytes } from '../../format/numbers.ts';
import { applyExports } from '../../stores/exports-store.ts';
import { OperatorOnly } from '../access/only.tsx';
import styles from './detail-panel.module.css';
import { Fact } from './fact.tsx';
import { earlyText, type PreviewSummary } from './preview-summary.ts';
import { exportLabel } from './selection-card.tsx';

export type ExportScope = 'active' | 'all';

export interface ExportPaneProps {
  readonly selection: TimeRange;
  readonly active: string | null;
  readonly laneCount: number;
  readonly scope: ExportScope;
  readonly onScopeChange: (scope: ExportScope) => void;
  readonly summary: PreviewSummary;
}

const MAX_WARNINGS = 4;

/** What an export of the selection gives, and the button that starts it. */
export function ExportPane({ selection, active, laneCount, scope, onScopeChange, summary }: ExportPaneProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const [isStarting, setStarting] = useState(false);
  const start = async (): Promise<void> => {
    setStarting(true);
    setProblem(null);
    try {
      for (const stream of summary.streams) {
        const reply = await api.call('createExport', { body: { stream, ...selection } });
        applyExports({ changed: reply.exports, removed: [] });
      }
    } catch (error) {
      setProblem(errorMessage(error));
    }
    setStarting(false);
  };
  const isPossible = summary.isComplete && summary.streams.length > 0;
  const hidden = summary.warnings.length - MAX_WARNINGS;
  return (
    <section className={styles.export} aria-label="Export">
      <h2 className={styles.caption}>Export</h2>
      {laneCount > 1 && active && (
        <div className={styles.scope}>
          <Segmented
            label="Streams to export"
            value={scope}
            options={[
              { value: 'active', label: 'This stream' },
              { value: 'all', label: `All ${laneCount}` },
            ]}
            onChange={onScopeChange}
          />
        </div>
      )}
      <dl className={styles.facts}>
        <Fact name="Files">
          {isPossible && (summary.fileCount === 1 ? `1, ${summary.streams[0]}` : `${summary.fileCount}, MP4`)}
        </Fact>
        <Fact name="Size">{isPossible && `${formatBytes(summary.sizeBytes)}, exact`}</Fact>
        <Fact name="Starts">{isPossible && earlyText(summary.earliestUs)}</Fact>
      </dl>
      {summary.warnings.slice(0, MAX_WARNINGS).map(({ stream, text }) => (
        <Callout key={`${stream} ${text}`}>
          {stream && <strong>{stream}: </strong>}
          {text}
        </Callout>
      ))}
      {hidden > 0 && <p className={styles.quiet}>and {hidden} more of this kind</p>}
      {problem && <Callout tone="bad">{problem}</Callout>}
      <OperatorOnly>
        <Button
          tone="primary"
          className={styles.exportButton}
          icon={<Download size={16} strokeWidth={1.75} aria-hidden />}
          data-testid="export-button"
          disabled={!isPossible || isStarting}
          onClick={() => void start()}
        >
          {exportLabel(summary.fileCount)}
        </Button>
      </OperatorOnly>
      {isPossible && active && (
        <a
          className={styles.link}
          href={api.url('getClip', {
            params: { stream: active },
            query: { start_ts: selection.startUs, end_ts: selection.endUs },
          })}
          download={`${active}.mp4`}
        >
          Download the clip of {active} here
        </a>
      )}
    </section>
  );
}
