import type { AddressInfo } from 'node:net';
import os from 'node:os';
import type { Clock } from '../../src-main/core/base/clock.ts';
import { systemClock } from '../../src-main/core/base/clock.ts';
import { ResourceStack } from '../../src-main/core/base/lifecycle.ts';
import { silentLogger } from '../../src-main/core/base/logger.ts';
import { loadConfig } from '../../src-main/core/config/config.ts';
import type { Config } from '../../src-main/core/config/config-schema.ts';
import type { Database } from '../../src-main/core/db/database.ts';
import { createAuthentication } from '../../src-main/core/http/authentication.ts';
import type { Handlers } from '../../src-main/core/http/endpoint.ts';
import { routingHandlers } from '../../src-main/core/http/handlers/routing-handlers.ts';
import { createHttpServer } from '../../src-main/core/http/http-server.ts';
import { Cluster } from '../../src-main/core/nodes/cluster.ts';
import { isUsable } from '../../src-main/core/nodes/node-health.ts';
import type { NodeSnapshot } from '../../src-main/core/nodes/node-watcher.ts';
import type { CascadePlanner } from '../../src-main/core/routing/cascade-planner.ts';
import { createRouting, type Routing, type RoutingOptions } from '../../src-main/core/routing/routing.ts';

/** A node to be steered: a fake one or anything else that listens at `url`. */
export interface RoutedNode {
  readonly alias: string;
  readonly url: string;
  readonly token?: string;
}

export interface RoutingClusterOptions
  extends Partial<Pick<RoutingOptions, 'planner' | 'willRecord' | 'limits' | 'cloudflareUrl'>> {
  readonly database: Database;
  /** Makes a planner that looks at the same cluster. */
  readonly createPlanner?: (cluster: Cluster) => CascadePlanner;
  readonly nodes: readonly RoutedNode[];
  readonly whip?: Partial<Config['whip']>;
  readonly extraIce?: Partial<Config['extra_ice']>;
  readonly auth?: Partial<Config['auth']>;
  readonly isCorsOn?: boolean;
  readonly pollIntervalMs?: number;
  /** Whether to wait until every node answers; true unless said otherwise. */
  readonly isSettled?: boolean;
  readonly clock?: Clock;
}

/** The routes of routing on real HTTP, with the real watcher of nodes behind them. */
export interface RoutingCluster {
  readonly url: string;
  readonly cluster: Cluster;
  readonly routing: Routing;
  /** Lets routing see the nodes as they are known now, whatever they say later: as between two polls. */
  freeze(): void;
  /** Ends `freeze`. */
  thaw(): void;
  /** Resolves once `condition` holds; rejects after 10 s. */
  until(condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

export async function startRoutingCluster(options: RoutingClusterOptions): Promise<RoutingCluster> {
  const { clock = systemClock, database } = options;
  const resources = new ResourceStack();
  const { config } = loadConfig({ cwd: os.tmpdir(), env: {}, path: os.devNull });
  const activity = { isRecording: () => false };
  const cluster = resources.use(
    new Cluster({ clock, logger: silentLogger, activity, pollIntervalMs: options.pollIntervalMs ?? 50 }),
  );
  let frozen: readonly NodeSnapshot[] | null = null;
  const routing = resources.use(
    createRouting({
      ...options,
      ...(options.createPlanner ? { planner: options.createPlanner(cluster) } : {}),
      config: {
        ...config,
        whip: { ...config.whip, ...options.whip },
        extra_ice: { ...config.extra_ice, ...options.extraIce },
      },
      cluster: {
        snapshots: () => frozen ?? cluster.snapshots(),
        noteStream: (alias, stream) => cluster.noteStream(alias, stream),
        noteGone: (alias, id) => cluster.noteGone(alias, id),
      },
      database,
      activity,
      clock,
      logger: silentLogger,
    }),
  );
  const access = await createAuthentication({
    config: { ...config, auth: { ...config.auth, ...options.auth } },
    database,
    desktopSecret: 'of this test',
    clock,
    logger: silentLogger,
  });
  resources.use(access.standing);
  const app = await createHttpServer({
    // Only routing is asked here.
    handlers: routingHandlers(routing) as Handlers,
    authenticator: access.authenticator,
    cookie: access.cookie,
    standing: access.standing,
    audit: { note: () => {} },
    clock,
    rendererDir: '/nonexistent',
    settings: {
      cors: options.isCorsOn ?? false,
      public: '',
      tls: { cert: '', key: '', hsts_seconds: 0 },
      trusted_proxies: [],
    },
    logger: silentLogger,
  });
  resources.use({ close: () => app.close() });
  await app.listen({ host: '127.0.0.1', port: 0 });
  for (const { alias, token = '', url } of options.nodes) {
    await cluster.add({ alias, url, token, mode: 'poll', site: '', origin: 'config' });
  }
  const until = async (condition: () => boolean) => {
    const endMs = performance.now() + 10_000;
    while (!condition()) {
      if (performance.now() > endMs) throw new Error('what was waited for did not come');
      await systemClock.sleep(10);
    }
  };
  if (options.isSettled ?? true) {
    await until(() =>
      cluster.snapshots().every(({ health, strategy }) => isUsable(health.state) && strategy !== null),
    );
  }
  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    cluster,
    routing,
    freeze: () => {
      frozen = cluster.snapshots();
    },
    thaw: () => {
      frozen = null;
    },
    until,
    close: () => resources.close(),
  };
}
