import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { MakeDispatcher } from '../base/outgoing.ts';
import type { Config } from '../config/config-schema.ts';
import type { Database } from '../db/database.ts';
import type { OwnCascade } from './cascade-rows.ts';
import type { AlertSink, ClusterReader } from './cluster-reader.ts';

export interface CascadeServiceOptions {
  readonly cluster: ClusterReader;
  readonly database: Database;
  readonly config: Config['cascade'];
  readonly alerts: AlertSink;
  /** Streams of which an alert is open that they could not be relayed, whoever raised it. */
  readonly openAlarms?: () => Iterable<string>;
  /** How others are reached; without it directly. */
  readonly makeDispatcher?: MakeDispatcher | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether the relay is being made by another manager, who is there. */
  readonly isOthersWork?: (cascade: OwnCascade) => boolean;
  /** Whether another manager's liveman.toml declares a node that ours does not: its relays are for that manager. */
  readonly isDeclaredElsewhere?: (alias: string) => boolean;
  /** Asks a node for a stream now, so that nobody is sent by an old list to a copy that is no more. */
  readonly refresh?: (alias: string, stream: string, signal: AbortSignal) => Promise<unknown>;
  /** Our own id among the managers of the database. */
  readonly managerId?: string;
}

export interface NewCascade {
  readonly stream: string;
  readonly source: string;
  readonly target: string;
  readonly mode?: 'push' | 'pull' | undefined;
}
