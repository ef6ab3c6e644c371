import type { IntegrityRun } from '../../../src-shared/model/integrity.ts';
import type { AlertService } from '../alerts/alert-service.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Config } from '../config/config-schema.ts';
import type { Database } from '../db/database.ts';
import { type DutyWorker, loopWorker } from '../duties/duty-worker.ts';
import { runSchedule } from '../integrity/check-schedule.ts';
import { type GoneFolderTools, watchFolders } from '../integrity/gone-folders.ts';
import { IntegrityService } from '../integrity/integrity-service.ts';
import type { ChangeFeed } from '../peers/change-feed.ts';
import type { SegmentIndex } from '../segments/segment-index.ts';
import type { NodeObjects } from '../sync/recording-sync.ts';
import type { EventSink } from './live-publisher.ts';
import type { OpenedStorage } from './open-storage.ts';

export interface IntegrityOptions {
  readonly config: Config['integrity'];
  readonly alerts: Pick<AlertService, 'raise' | 'resolve'>;
  /** What other managers change. */
  readonly feed: Pick<ChangeFeed, 'onChange'>;
  /** Where checks that nobody asks for are made for all managers. */
  readonly duties: { add(name: string, worker: DutyWorker): void };
  readonly database: Database;
  readonly storage: OpenedStorage;
  readonly nodeObjects: NodeObjects;
  readonly index: Pick<SegmentIndex, 'announce'>;
  readonly hub: EventSink & { publish(name: 'integrity', run: IntegrityRun): void };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The check of the index, when the window or the night asks for it, telling all windows how far it is. */
export function createIntegrity(options: IntegrityOptions): IntegrityService {
  const { alerts, clock, config, database, duties, feed, hub, index, nodeObjects, storage } = options;
  const logger = options.logger.child({ part: 'integrity' });
  const integrity = new IntegrityService({
    database,
    store: storage.store,
    storages: storage.storages,
    nodeStore: nodeObjects.recordings,
    clock,
    logger,
    schedule: config,
    onWritten: (rows) => index.announce(rows),
    onProgress: (run) => hub.publish('integrity', run),
    onDone: (wrongCount) => {
      if (wrongCount === 0) alerts.resolve('index-differs', OBJECT);
      else alerts.raise('index-differs', OBJECT, wrongWords(wrongCount), { wrongCount });
    },
  });
  feed.onChange('integrity_runs', () => integrity.noteForeignChange());
  const tools = { clock, logger, name: 'index check' };
  duties.add(
    'integrity',
    loopWorker((signal) => runSchedule({ config, database, integrity, clock, logger }, signal), tools),
  );
  const gone = {
    database,
    store: storage.ownStore,
    clock,
    logger,
    onLost: (span: Parameters<GoneFolderTools['onLost']>[0]) => hub.publish('lost', [span]),
  };
  duties.add(
    'gone-folders',
    loopWorker((signal) => watchFolders(gone, signal), { clock, logger, name: 'search for gone folders' }),
  );
  return integrity;
}

const OBJECT = { kind: 'database', name: 'index' } as const;

function wrongWords(count: number): string {
  const what = count === 1 ? 'One thing differs' : `${count} things differ`;
  return `${what} between the index and the storages. Storage › Integrity says what and why, and mends what can be mended.`;
}
