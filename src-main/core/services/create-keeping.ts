import type { LiveEventName, LiveEvents } from '../../../src-shared/contract/events.ts';
import type { AlertService } from '../alerts/alert-service.ts';
import type { Clock } from '../base/clock.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import { BookmarkService } from '../bookmarks/bookmark-service.ts';
import type { Config } from '../config/config-schema.ts';
import type { Database } from '../db/database.ts';
import type { DutyWorker } from '../duties/duty-worker.ts';
import type { ChangeFeed } from '../peers/change-feed.ts';
import { createRetentionService, type RetentionService } from '../retention/retention-service.ts';
import { PartitionUpkeep } from '../segments/partition-upkeep.ts';
import type { OpenedStorage } from './open-storage.ts';

export interface KeepingOptions {
  readonly config: Config['retention'];
  readonly database: Database;
  readonly storage: Pick<OpenedStorage, 'store' | 'storages' | 'places'>;
  readonly alerts: Pick<AlertService, 'raise' | 'resolve'>;
  readonly hub: { publish<N extends LiveEventName>(name: N, data: LiveEvents[N]): void };
  /** What other managers change. */
  readonly feed: Pick<ChangeFeed, 'onChange'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What is kept and for how long: bookmarks, retention, the partitions of the index. */
export interface Keeping extends Closeable {
  readonly bookmarks: BookmarkService;
  readonly retention: RetentionService;
  readonly partitions: PartitionUpkeep;
  /** Removal by the rules; for one manager of the database. */
  readonly removal: DutyWorker;
  /** Makes partitions ahead; for one manager of the database. */
  readonly partitioning: DutyWorker;
}

export function createKeeping(options: KeepingOptions): Keeping {
  const { clock, database, feed, hub, storage } = options;
  const { places, storages, store } = storage;
  const isSamePlace = (a: string, b: string) => places.isShared(a, b);
  const logger = options.logger.child({ part: 'retention' });
  const bookmarks = new BookmarkService(database);
  const retention = createRetentionService({ ...options, store, storages, isSamePlace, logger });
  const partitions = new PartitionUpkeep({ database, clock, logger });
  bookmarks.onDidChange(({ bookmark, id }) =>
    hub.publish('bookmarks', { changed: bookmark ? [bookmark] : [], removed: bookmark ? [] : [id] }),
  );
  feed.onChange('bookmarks', (ids) => bookmarks.noteForeignChange(ids));
  retention.onDidChange(() => hub.publish('retention', { atMs: clock.nowMs() }));
  feed.onChange('retention_rules', () => retention.noteForeignChange());
  feed.onChange('retention_runs', () => retention.noteForeignChange());
  return {
    bookmarks,
    retention,
    partitions,
    removal: { start: () => retention.start(), stop: async () => retention.close() },
    partitioning: { start: () => partitions.start(), stop: () => partitions.close() },
    close: async () => {
      await retention.close();
      await partitions.close();
    },
  };
}
