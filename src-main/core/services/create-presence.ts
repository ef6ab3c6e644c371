import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Database } from '../db/database.ts';
import { PresenceChecker } from '../playback/presence-checker.ts';
import type { EventSink } from './live-publisher.ts';
import type { OpenedStorage } from './open-storage.ts';

/** Looks for objects before playlists and clips list them, and tells the windows what is gone. */
export function createPresence({
  clock,
  database,
  hub,
  logger,
  storage,
}: {
  readonly database: Database;
  readonly storage: OpenedStorage;
  readonly hub: EventSink;
  readonly clock: Clock;
  readonly logger: Logger;
}): { presence: PresenceChecker } {
  const log = logger.child({ part: 'presence' });
  return {
    presence: new PresenceChecker({
      database,
      store: storage.ownStore,
      clock,
      logger: log,
      onLost: (span) => hub.publish('lost', [span]),
    }),
  };
}
