import { type RefObject, useEffect, useState } from 'react';
import type { WhepSession } from '../../api/whep-session.ts';
import styles from './live-picture.module.css';
import { figureLines, figuresOf, type LiveFigures, readStats, type StatsReading } from './live-stats.ts';

const READ_EVERY_MS = 1000;

export interface LiveStatsPanelProps {
  readonly stream: string;
  readonly session: RefObject<WhepSession | null>;
}

/** Figures of the connection, renewed every second while they are shown. */
export function LiveStatsPanel({ stream, session }: LiveStatsPanelProps) {
  const [figures, setFigures] = useState<LiveFigures | null>(null);
  useEffect(() => {
    let before: StatsReading | null = null;
    let isOver = false;
    const read = async (): Promise<void> => {
      const report = await session.current?.stats().catch(() => null);
      if (isOver) return;
      const now = report ? readStats(report, performance.now()) : null;
      setFigures(now && figuresOf(before, now));
      before = now;
    };
    void read();
    const timer = setInterval(() => void read(), READ_EVERY_MS);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [session]);
  return (
    <dl className={styles.stats} aria-label={`Statistics of ${stream}`}>
      {figureLines(figures).map(({ name, text }) => (
        <div key={name} className={styles.stat}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}
