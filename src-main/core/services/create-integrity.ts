import type { IntegrityRun } from '../../../src-shared/model/integrity.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import { IntegrityService } from '../integrity/integrity-service.ts';
import type { SegmentIndex } from '../segments/segment-index.ts';
import type { NodeObjects } from '../sync/recording-sync.ts';
import type { OpenedStorage } from './open-storage.ts';

export interface IntegrityOptions {
  readonly database: Database;
  readonly storage: OpenedStorage;
  readonly nodeObjects: NodeObjects;
  readonly index: Pick<SegmentIndex, 'announce'>;
  readonly hub: { publish(name: 'integrity', run: IntegrityRun): void };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The check of the index that the window starts, telling the windows how far it is. */
export function createIntegrity(options: IntegrityOptions): IntegrityService {
  const { clock, database, hub, index, logger, nodeObjects, storage } = options;
  return new IntegrityService({
    database,
    store: storage.store,
    storages: storage.storages,
    nodeStore: nodeObjects.recordings,
    clock,
    logger: logger.child({ part: 'integrity' }),
    onWritten: (rows) => index.announce(rows),
    onProgress: (run) => hub.publish('integrity', run),
  });
}
