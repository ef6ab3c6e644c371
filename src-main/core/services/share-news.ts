import type { SegmentNews } from '../peers/segment-news.ts';
import type { IngestHistory } from './ingest-history.ts';
import type { LivePublisher } from './live-publisher.ts';
import type { createMetrics } from './metrics.ts';
import type { RecordingTracker } from './recording-activity.ts';

export interface NewsReaders {
  readonly metrics: ReturnType<typeof createMetrics>;
  readonly ingestHistory: IngestHistory;
  readonly tracker: RecordingTracker;
  readonly publisher: LivePublisher;
}

/** Who counts and shows what comes into the index. */
export function shareNews(news: Pick<SegmentNews, 'onDidIndexSegments'>, readers: NewsReaders): void {
  const { ingestHistory, metrics, publisher, tracker } = readers;
  news.onDidIndexSegments(({ count, endUs, node, startUs, stream }) => {
    metrics.countSegments(count);
    ingestHistory.count(count);
    tracker.note(stream, node, endUs);
    publisher.noteCoverage(stream, startUs, endUs);
  });
}
