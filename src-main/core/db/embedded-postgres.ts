import path from 'node:path';
import pg from 'pg';
import type { Clock } from '../base/clock.ts';
import { AppError, errorCode, errorMessage } from '../base/errors.ts';
import { ResourceStack } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import {
  assertSameMajorVersion,
  type ClusterFolder,
  clusterMajorVersion,
  createCluster,
  prepareClusterFolder,
  readPassword,
  rotateLog,
} from './cluster-folder.ts';
import { claimOwnership } from './owner-lock.ts';
import { findPostgresBinaries, type PostgresBinaries, reachableBinaries } from './postgres-binaries.ts';
import {
  describeExit,
  EMBEDDED_ROLE,
  findFreePort,
  type PostgresProcess,
  type ProcessExit,
  runInitdb,
  signalSender,
  startPostgres,
  stopPostgres,
} from './postgres-process.ts';
import { endOrphan, endStragglers, inspectPostmaster, readPostmasterPid } from './postmaster-pid.ts';

export interface EmbeddedPostgresOptions {
  /** A folder for this server alone; made when absent. */
  dataDir: string;
  logger: Logger;
  /** Ends the start; later aborts have no effect. */
  signal: AbortSignal;
  clock: Clock;
  /** Server settings over ours, `{ fsync: 'off' }`. */
  settings?: Record<string, string>;
}

/** A PostgreSQL server that lives as long as we run it. */
export interface EmbeddedPostgres {
  /** With the password; not for logs. Stays the same when the server is restarted after a crash. */
  readonly url: string;
  /** Whether a server that a killed manager had left running was found (and ended) at the start. */
  readonly wasTakenOver: boolean;
  /** The process id of the server now; 0 while it is down. */
  readonly pid: number;
  /** Calls `listener` each time the server ends without `stop`; returns the way to stop listening. */
  onExit(listener: (exit: ProcessExit) => void): () => void;
  /** Ends the server, within 5 s whatever happens. May be called twice. */
  stop(): Promise<void>;
}

/** Waits between restarts of a server that keeps crashing; the last one repeats. */
const RESTART_DELAYS_MS = [100, 500, 2000, 5000];
/** A server that ran this long is not part of a series of crashes. */
const STABLE_AFTER_MS = 10_000;
/** How long a start goes on against what an earlier server has left: its last processes, a port that was taken. */
const PASSING_TROUBLE_MS = 30_000;

/**
 * Starts the PostgreSQL that ships with the program, on a free port of 127.0.0.1, with its data in `dataDir`.
 *
 * The first start makes the cluster and the database `liveman`. A server that a killed manager left behind is
 * ended and started anew, so that no transaction of the dead one holds locks. Throws `conflict` when another
 * live manager uses the folder, `database_unavailable` with what is wrong and the remedy otherwise.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { clock, logger, signal } = options;
  const startedMs = clock.monotonicMs();
  signal.throwIfAborted();
  const installed = await findPostgresBinaries();
  const folder = await prepareClusterFolder(options.dataDir);
  const binaries = await reachableBinaries(installed, folder.user);
  const resources = new ResourceStack();
  try {
    const ownership = await claimOwnership(folder.dataDir, clock.nowMs());
    resources.defer(() => ownership.release());
    const found = await clusterMajorVersion(folder.clusterDir);
    if (found !== null) assertSameMajorVersion(found, binaries, folder.clusterDir);
    const wasTakenOver = await endOrphan(folder.clusterDir, clock, signalSender(binaries));
    if (wasTakenOver) logger.warn({}, 'ended a database server that an earlier run had left behind');
    const password = await readPassword(folder, found === null);
    if (found === null) {
      logger.info({ folder: folder.clusterDir }, 'creating the database');
      await createCluster(folder, password, (draftDir, file) =>
        runInitdb(binaries, folder.user, draftDir, file),
      );
    }
    await rotateLog(folder);
    const supervisor = new Supervisor(binaries, folder, options);
    resources.defer(() => supervisor.stop());
    const port = await supervisor.start(signal);
    const url = embeddedUrl(password, port);
    await ensureDatabase(url);
    logger.info({ port, durationMs: Math.round(clock.monotonicMs() - startedMs) }, 'database server started');
    return {
      url,
      wasTakenOver,
      get pid() {
        return supervisor.pid;
      },
      onExit: (listener) => supervisor.onExit(listener),
      stop: () => resources.close(),
    };
  } catch (error) {
    await resources.close();
    throw error;
  }
}

/**
 * URL of the server that another manager of this user runs in `dataDir` now, or null when none serves there.
 *
 * For commands that work beside a running manager; they must not outlive it.
 */
export async function findServingUrl(dataDir: string): Promise<string | null> {
  const folder = await prepareClusterFolder(dataDir);
  const found = await readPostmasterPid(folder.clusterDir);
  if (!found?.isReady || found.port === 0) return null;
  if ((await inspectPostmaster(found.pid, folder.clusterDir)) !== 'serving') return null;
  return embeddedUrl(await readPassword(folder, false), found.port);
}

function embeddedUrl(password: string, port: number): string {
  return `postgresql://${EMBEDDED_ROLE}:${password}@127.0.0.1:${port}/${EMBEDDED_ROLE}`;
}

/** Keeps one server running until it is stopped. */
class Supervisor {
  readonly #sendSignal;
  readonly #stopping = new AbortController();
  readonly #listeners = new Set<(exit: ProcessExit) => void>();
  #server: PostgresProcess | null = null;
  #watching: Promise<void> = Promise.resolve();

  constructor(
    private readonly binaries: PostgresBinaries,
    private readonly folder: ClusterFolder,
    private readonly options: EmbeddedPostgresOptions,
  ) {
    this.#sendSignal = signalSender(binaries);
  }

  get pid(): number {
    return this.#server?.pid ?? 0;
  }

  onExit(listener: (exit: ProcessExit) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Starts the server on a free port and returns the port. */
  async start(signal: AbortSignal): Promise<number> {
    const { clock } = this.options;
    const deadlineMs = clock.monotonicMs() + PASSING_TROUBLE_MS;
    for (;;) {
      const port = await findFreePort();
      try {
        this.#server = await this.#launch(port, signal);
        process.on('exit', this.#stopAtExit);
        this.#watching = this.#watch(port, this.#server);
        return port;
      } catch (error) {
        if (clock.monotonicMs() > deadlineMs || !isPassingTrouble(error)) throw error;
        // A server that the killed manager had only just begun to start shows itself now.
        if (!(await endOrphan(this.folder.clusterDir, clock, this.#sendSignal)))
          await endStragglers(this.folder.clusterDir);
        await clock.sleep(100, signal);
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#server) await stopPostgres(this.#server, this.options.clock, this.#sendSignal);
    await this.#watching;
    process.off('exit', this.#stopAtExit);
  }

  /** When the program ends without a clean stop, the server is at least told to end. */
  readonly #stopAtExit = () => this.#sendSignal(this.pid, 'SIGINT');

  #launch(port: number, signal: AbortSignal): Promise<PostgresProcess> {
    const { clock, settings = {} } = this.options;
    return startPostgres(this.binaries, this.folder, port, settings, clock, signal);
  }

  async #watch(port: number, first: PostgresProcess): Promise<void> {
    const { clock, logger } = this.options;
    const stopping = this.#stopping.signal;
    let server: PostgresProcess | null = first;
    let crashes = 0;
    while (true) {
      if (server) {
        const startedMs = clock.monotonicMs();
        const exit = await server.exited;
        this.#server = null;
        if (stopping.aborted) return;
        if (clock.monotonicMs() - startedMs > STABLE_AFTER_MS) crashes = 0;
        const log = path.basename(this.folder.logFile);
        logger.error({ exit: describeExit(exit), log }, 'the database server ended; restarting it');
        for (const listener of this.#listeners) listener(exit);
      }
      await clock.sleep(RESTART_DELAYS_MS[Math.min(crashes, RESTART_DELAYS_MS.length - 1)] ?? 0, stopping);
      crashes += 1;
      if (stopping.aborted) return;
      try {
        server = await this.#launch(port, stopping);
        // Stopped between its readiness and this line: nobody else would end it.
        if (stopping.aborted) return await stopPostgres(server, clock, this.#sendSignal);
        this.#server = server;
        logger.info({ port }, 'database server restarted');
      } catch (error) {
        if (stopping.aborted) return;
        server = null;
        logger.error({ reason: errorMessage(error) }, 'the database server did not restart; trying again');
      }
    }
  }
}

/** A start that failed over the port, or over an earlier server or its last processes, is worth another try. */
function isPassingTrouble(error: unknown): boolean {
  const words =
    /could not bind|Address already in use|pre-existing shared memory block|lock file "postmaster.pid"/i;
  return words.test(errorMessage(error));
}

/** Creates the database `liveman` when a start was cut short before it was made. */
async function ensureDatabase(url: string): Promise<void> {
  try {
    await withClient(url, async () => {});
  } catch (error) {
    if (errorCode(error) === '28P01') {
      throw new AppError(
        'database_unavailable',
        'The embedded database refuses the password kept beside it. Put the file `password` back from a backup.',
      );
    }
    // invalid_catalog_name: there is no such database.
    if (errorCode(error) !== '3D000') throw error;
    const maintenance = new URL(url);
    maintenance.pathname = '/postgres';
    await withClient(maintenance.href, async (client) => {
      await client.query(`create database ${EMBEDDED_ROLE}`);
    });
  }
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    query_timeout: 60_000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}
