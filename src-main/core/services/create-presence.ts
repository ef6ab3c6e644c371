import type { Clock } from '../base/clock.ts';
import type { ResourceStack } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import { PresenceChecker } from '../playback/presence-checker.ts';
import type { SegmentIndex } from '../segments/segment-index.ts';
import { ChangedFolders } from './changed-folders.ts';
import type { EventSink } from './live-publisher.ts';
import type { OpenedStorage } from './open-storage.ts';

/**
 * Looks for objects before playlists and clips list them, tells the windows what is gone, and has indexed anew what was
 * written over.
 */
export function createPresence(
  {
    clock,
    database,
    hub,
    index,
    logger,
    storage,
  }: {
    readonly database: Database;
    readonly storage: OpenedStorage;
    readonly hub: EventSink;
    readonly index: Pick<SegmentIndex, 'announce'>;
    readonly clock: Clock;
    readonly logger: Logger;
  },
  resources: ResourceStack,
): { presence: PresenceChecker } {
  const log = logger.child({ part: 'presence' });
  const { storages } = storage;
  const onWritten: SegmentIndex['announce'] = (rows) => index.announce(rows);
  const changed = resources.use(new ChangedFolders({ database, storages, clock, logger: log, onWritten }));
  return {
    presence: new PresenceChecker({
      database,
      store: storage.ownStore,
      clock,
      logger: log,
      onLost: (span) => hub.publish('lost', [span]),
      onOther: (recording) => changed.note(recording),
    }),
  };
}
