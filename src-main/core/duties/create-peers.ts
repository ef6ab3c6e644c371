import type { Clock } from '../base/clock.ts';
import type { Closeable } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { ManagerDatabase } from '../db/manager-database.ts';
import { ChangeFeed } from '../peers/change-feed.ts';
import { DatabaseLink } from '../peers/database-link.ts';
import type { ManagerIdentity } from '../peers/manager-identity.ts';
import { ManagerList } from '../peers/manager-list.ts';
import { SegmentNews } from '../peers/segment-news.ts';
import type { SegmentIndex } from '../segments/segment-index.ts';
import { Duties } from './duties.ts';

export interface PeersOptions {
  readonly managerDatabase: ManagerDatabase;
  readonly identity: ManagerIdentity;
  readonly version: string;
  readonly profile: string;
  readonly configNodes: readonly { readonly alias: string }[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The other managers on the database: who they are, what they change, and who of all does which work. */
export interface Peers extends Closeable {
  readonly feed: ChangeFeed;
  readonly duties: Duties;
  readonly managers: ManagerList;
  /** What comes into the index, here or at another manager, from now on until it is closed. */
  shareIndex(index: Pick<SegmentIndex, 'onDidIndexSegments'>): SegmentNews;
  /** Connects; duties, changes and the list come from then on. */
  start(): void;
}

/** Builds all that managers on one database share. Nothing happens before `start`. */
export function createPeers(options: PeersOptions): Peers {
  const { clock, identity, managerDatabase, profile, version } = options;
  const { database, schemaVersion } = managerDatabase;
  const logger = options.logger.child({ part: 'peers' });
  const link = new DatabaseLink({ database, clock, logger });
  const managers = new ManagerList({
    database,
    identity,
    version,
    profile,
    schemaVersion,
    configNodes: options.configNodes.map(({ alias }) => alias),
    clock,
    logger,
  });
  const duties = new Duties({
    identity,
    mayWork: () => managers.newerProgram === null,
    isAlone: () => !managers.hasOthers,
    dropLink: (reason) => link.drop(reason),
    clock,
    logger,
  });
  const feed = new ChangeFeed({ link, database, ownId: identity.id, clock, logger });
  // First what has a deadline.
  for (const task of [duties, managers, feed]) link.add(task);
  feed.onChange('managers', () => refresh());
  feed.onChange('schema_migrations', () => refresh());
  // Laid down by another: whoever is quick has it.
  feed.onChange('duties', () => refresh());
  duties.onDidChange(() => managers.expectChange());
  let isReadOnly = false;
  managers.onDidChange(() => {
    const newer = managers.newerProgram;
    if (isReadOnly === (newer !== null)) return;
    isReadOnly = newer !== null;
    database.setReadOnly(isReadOnly);
    if (isReadOnly) logger.warn({ newer, version }, READ_ONLY);
  });

  function refresh(): void {
    managers.expectChange();
    link.hurry();
  }

  return {
    feed,
    duties,
    managers,
    shareIndex: (index) => new SegmentNews({ feed, index, hasOthers: () => managers.hasOthers, clock }),
    start: () => link.start(),
    close: async () => {
      await link.close();
      await feed.close();
    },
  };
}

const READ_ONLY =
  'A newer Liveman has changed the database. This one only shows what is there and writes nothing; update it';
