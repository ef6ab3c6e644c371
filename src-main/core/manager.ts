import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createAlerting } from './alerts/create-alerting.ts';
import { systemClock } from './base/clock.ts';
import { ResourceStack } from './base/lifecycle.ts';
import { createLogger } from './base/logger.ts';
import { makeDataFolder } from './base/make-data-folder.ts';
import { ownPublicUrl } from './config/normalize-config.ts';
import { openPeers } from './duties/open-peers.ts';
import { createExportService } from './exports/export-service.ts';
import { createAccess } from './http/access.ts';
import { accessRouteHandlers } from './http/handlers/access-route-handlers.ts';
import { alertHandlers } from './http/handlers/alert-handlers.ts';
import { bookmarkHandlers } from './http/handlers/bookmark-handlers.ts';
import { cascadeHandlers } from './http/handlers/cascade-handlers.ts';
import { clusterHandlers } from './http/handlers/cluster-handlers.ts';
import { exportHandlers } from './http/handlers/export-handlers.ts';
import { indexHandlers } from './http/handlers/index-handlers.ts';
import { integrityHandlers } from './http/handlers/integrity-handlers.ts';
import { managerHandlers } from './http/handlers/manager-handlers.ts';
import { metricsHandler } from './http/handlers/metrics-handler.ts';
import { nodeHandlers } from './http/handlers/node-handlers.ts';
import { profileHandlers } from './http/handlers/profile-handlers.ts';
import { recordControlHandlers } from './http/handlers/record-control-handlers.ts';
import { recordingHandlers } from './http/handlers/recording-handlers.ts';
import { retentionHandlers } from './http/handlers/retention-handlers.ts';
import { routingHandlers } from './http/handlers/routing-handlers.ts';
import { secretHandlers } from './http/handlers/secret-handlers.ts';
import { setAsideHandlers } from './http/handlers/set-aside-handlers.ts';
import { storageHandlers } from './http/handlers/storage-handlers.ts';
import { storagesHandlers } from './http/handlers/storages-handlers.ts';
import { createHttpServer } from './http/http-server.ts';
import { demandSafeAddress, listenAddress, openEndpoint, openTls } from './http/listening.ts';
import { LiveEventHub } from './http/live-event-hub.ts';
import { shareAccess } from './http/share-access.ts';
import { StreamFeedHub } from './http/stream-feed-hub.ts';
import { ReportJournal } from './journal/report-journal.ts';
import { SetAsideReports } from './journal/set-aside-reports.ts';
import type { Manager, ManagerOptions } from './manager-options.ts';
import { Cluster } from './nodes/cluster.ts';
import { NodeRegistry } from './nodes/node-registry.ts';
import { createClipService } from './playback/clip-service.ts';
import { createPlaybackService } from './playback/playback-service.ts';
import { readOwners } from './recordings/recording-owners.ts';
import { createRouting, type Routing } from './routing/routing.ts';
import { FollowedSecrets } from './secrets/followed-secrets.ts';
import { openConfig } from './secrets/open-config.ts';
import { createSegmentIndex } from './segments/segment-index.ts';
import { createIntegrity } from './services/create-integrity.ts';
import { createKeeping } from './services/create-keeping.ts';
import { createPresence } from './services/create-presence.ts';
import { DemoService } from './services/demo-service.ts';
import { exportFolder } from './services/export-folder.ts';
import { followSecrets, watchfulStatus } from './services/follow-secrets.ts';
import { IngestHistory } from './services/ingest-history.ts';
import { LivePublisher } from './services/live-publisher.ts';
import { createMetrics } from './services/metrics.ts';
import { openOutgoing, reachStorages } from './services/open-outgoing.ts';
import { openStorage } from './services/open-storage.ts';
import { RecordingTracker } from './services/recording-activity.ts';
import { shareCluster } from './services/share-cluster.ts';
import { shareNews } from './services/share-news.ts';
import { StatusService } from './services/status-service.ts';
import { createSteering } from './services/steering.ts';
import { UploadService } from './services/upload-service.ts';
import { NodeObjects, RecordingSync } from './sync/recording-sync.ts';

export type { Manager, ManagerOptions };

/**
 * Builds every part of the manager in order and starts it.
 *
 * Throws AppError with a message for the operator when it cannot start; nothing is left running then.
 */
export async function createManager(options: ManagerOptions): Promise<Manager> {
  const resources = new ResourceStack();
  try {
    return await buildManager(options, resources);
  } catch (error) {
    await resources.close();
    throw error;
  }
}

async function buildManager(options: ManagerOptions, resources: ResourceStack): Promise<Manager> {
  const { cwd, env, version } = options;
  const clock = options.clock ?? systemClock;
  const loaded = await openConfig({
    path: options.configPath,
    env: { ...env },
    cwd,
    dataDir: options.dataDir,
    isDesktop: options.desktopSecret !== undefined,
    loadKeychain: options.loadKeychain,
  });
  const { config } = loaded;
  const logger = options.logger ?? createLogger(config.log.level);
  for (const { message, path } of loaded.warnings) logger.warn({ key: path }, message);
  resources.onSlow = (part) => logger.warn({ part }, 'A part of the manager takes long to close');
  const address = listenAddress(config, options.port, options.host);
  const tls = await openTls(config, { cwd, clock, logger });
  const outgoing = openOutgoing(config, env, cwd);
  reachStorages(loaded, outgoing);
  const { dispatcher: makeDispatcher } = outgoing;
  const stop = new AbortController();
  resources.defer(() => stop.abort());
  await makeDataFolder(options.dataDir);

  const part = (name: string) => ({ clock, logger: logger.child({ part: name }) });
  const shared = { config, manager: options, clock, logger, signal: stop.signal };
  const { database, managerDatabase, managerId, peers } = await openPeers(shared, resources);
  const { feed } = peers;
  const tracker = new RecordingTracker(clock);
  const cluster = resources.use(new Cluster({ clock, logger, activity: tracker, makeDispatcher }));
  const nodeObjects = resources.use(
    new NodeObjects(database, clock, (alias) => cluster.snapshot(alias)?.node, makeDispatcher),
  );
  const storage = await openStorage({
    config,
    dataDir: options.dataDir,
    cwd,
    database,
    storageNameOf: (alias) => cluster.snapshot(alias)?.node.storage ?? '',
    lastStore: nodeObjects.recordings,
  });
  const { store, storages } = storage;

  const journal = resources.use(
    await ReportJournal.open({
      folder: join(options.dataDir, 'journal'),
      maxBytes: config.segments.journal_max_bytes,
      logger: logger.child({ part: 'journal' }),
      nowMs: () => clock.nowMs(),
    }),
  );
  const index = resources.use(
    createSegmentIndex({ database, store, journal, places: storage.places, ...part('index') }),
  );
  const hub = resources.use(new LiveEventHub());
  const presence = createPresence({ database, storage, hub, index, clock, logger }, resources);
  const media = { database, store, index, ...presence };
  const playback = createPlaybackService({ ...media, ...part('playback') });
  const clips = resources.use(
    createClipService({
      ...media,
      ...part('clips'),
      // Beside this file once it is built.
      workerUrl: new URL('./clip-worker.js', import.meta.url),
    }),
  );
  const exports = resources.use(
    createExportService({
      database,
      clips,
      store,
      folder: exportFolder(config, options),
      managerId,
      hostsOf: (ids) => peers.managers.hosts(ids),
      ...part('exports'),
    }),
  );
  const streamFeed = resources.use(new StreamFeedHub(cluster));
  const registry = resources.use(
    new NodeRegistry({
      cluster,
      database,
      secrets: loaded.secrets,
      configNodes: config.nodes,
      configPath: loaded.path,
      storageNames: storages.names,
      relays: () => steering.cascades,
      ...part('nodes'),
    }),
  );

  const sync = resources.use(
    new RecordingSync(
      {
        config: config.record_sync,
        database,
        cluster,
        own: store,
        places: storage.places,
        index,
        tellWorker: (alias) => feed.send('sync', alias),
        clock,
        makeDispatcher,
        logger: logger.child({ part: 'sync' }),
      },
      nodeObjects,
    ),
  );

  const internalSecret = options.desktopSecret ?? randomBytes(32).toString('base64url');
  const access = resources.use(
    await createAccess({ ...options, config, database, desktopSecret: internalSecret, clock, logger }),
  );
  const { audit, authenticator } = access;
  demandSafeAddress(address.host, authenticator.isRequired, config);

  let demoReportUrl = '';
  const demo = resources.use(
    new DemoService({
      cluster,
      dataDir: options.dataDir,
      storageRoot: storage.builtInRoot,
      startDemo: options.startDemo,
      report: { url: () => demoReportUrl, headers: { 'x-liveman-desktop': internalSecret } },
      clock,
      logger,
    }),
  );
  const status = resources.use(
    new StatusService({
      version,
      cluster,
      managerDatabase,
      managers: peers.managers,
      storages,
      demo,
      tracker,
      ingest: index,
      journal,
      clock,
    }),
  );
  const followed = resources.use(new FollowedSecrets({ opened: loaded, ...part('secrets') }));
  const readStatus = () => ({
    ...status.read(),
    ...watchfulStatus(followed, access.notices, options.dataDir),
  });
  const publisher = resources.use(
    new LivePublisher({ hub, cluster, readStatus, logger: logger.child({ part: 'events' }) }),
  );
  const alerting = resources.use(
    createAlerting({
      config: config.alerts,
      database,
      cluster,
      activity: tracker,
      readStatus,
      notify: options.onAlert,
      makeDispatcher,
      peers,
      ...part('alerts'),
    }),
  );
  const { alerts, mutes } = alerting;
  alerts.onDidChange(({ alert }) => publisher.noteAlert(alert));
  mutes.onDidChange((held) => hub.publish('mutes', [...held]));
  const news = resources.use(peers.shareIndex(index));
  const steering = resources.use(
    createSteering({
      config,
      cluster,
      database,
      alerts,
      index: news,
      hub,
      peers,
      managerId,
      tracker,
      // Routing is built on steering.
      look: {
        find: (stream, signal) => routing.finder.find(stream, signal),
        refresh: (alias, stream, signal) => routing.finder.refresh(alias, stream, signal),
      },
      makeDispatcher,
      clock,
      logger,
    }),
  );
  const routing: Routing = resources.use(
    createRouting({
      config,
      cluster,
      database,
      activity: tracker,
      makeDispatcher,
      planner: steering.cascades,
      willRecord: (stream) => steering.recording.willRecord(stream),
      hasOthers: () => peers.managers.hasOthers,
      ...part('routing'),
    }),
  );
  const keeping = resources.use(
    createKeeping({ config: config.retention, database, storage, alerts, hub, feed, clock, logger }),
  );
  const ingestHistory = resources.use(
    new IngestHistory({
      queueLength: () => index.queueLength(),
      lagMs: () => tracker.lagMs(),
      clock,
    }),
  );
  const metrics = createMetrics({
    cluster,
    readStatus,
    openAlerts: () => alerts.open(),
  });
  shareNews(news, { metrics, ingestHistory, tracker, publisher });
  exports.onDidChange(({ id, job }) => publisher.noteExport(id, job));
  followSecrets(followed, { access, alerting, registry, routing });
  shareAccess(peers.feed, access);
  shareCluster(peers, { access, alerting, exports, keeping, publisher, registry, routing, steering, sync });

  const checked = {
    config: config.integrity,
    feed,
    duties: peers.duties,
    alerts,
    database,
    storage,
    nodeObjects,
    index,
    hub,
  };
  const app = await createHttpServer({
    handlers: {
      ...accessRouteHandlers({ access, cluster, config, database, clock, version }),
      ...clusterHandlers({
        cluster,
        hub,
        streamFeed,
        readStatus,
        setDemo: (isRunning) => demo.set(isRunning),
      }),
      ...nodeHandlers({ registry, cluster, makeDispatcher, clock }),
      ...alertHandlers({ alerts, mutes }),
      ...metricsHandler(metrics.registry),
      ...recordingHandlers({
        index,
        playback,
        clips,
        store,
        clock,
        ownersOf: (path) => readOwners(database, path, config.auto_record.base_prefix),
        reportLimit: config.segments.report_limit,
        redirectTtlSeconds: config.playback.signed_redirect ? config.playback.signed_ttl_seconds : null,
      }),
      ...exportHandlers(exports),
      ...routingHandlers(routing),
      ...storageHandlers({
        uploads: new UploadService({ storages, dataDir: options.dataDir, clock }),
        storages,
        hasNode: (alias) => cluster.snapshot(alias) !== undefined,
        places: storage.places,
        database,
        clock,
        publicUrl: ownPublicUrl(config),
      }),
      ...storagesHandlers({ storages, cluster }),
      ...setAsideHandlers(new SetAsideReports({ file: journal.setAside, write: index.write })),
      ...integrityHandlers(resources.use(createIntegrity({ ...checked, clock, logger }))),
      ...cascadeHandlers(steering.cascades),
      ...recordControlHandlers(steering.recording),
      ...secretHandlers({ loaded, env, outgoing, tls }),
      ...bookmarkHandlers(keeping.bookmarks),
      ...retentionHandlers(keeping.retention),
      ...indexHandlers({
        database,
        cluster,
        retention: keeping.retention,
        sync,
        ingest: ingestHistory,
        feed,
        clock,
      }),
      ...managerHandlers(peers.managers),
      ...profileHandlers(options.profiles),
    },
    authenticator,
    cookie: access.cookie,
    audit,
    standing: access.standing,
    clock,
    rendererDir: options.rendererDir,
    settings: config.http,
    tls: tls?.current,
    logger: logger.child({ part: 'http' }),
  });
  const { innerUrl, url } = resources.use(await openEndpoint(app, address, { tls, alerts }));
  demoReportUrl = innerUrl;

  access.start();
  // Closed first, so that others take over at once.
  resources.use(peers);

  await registry.start();
  ingestHistory.start();
  if (options.isDemo || (await demo.wasRunning())) await demo.set(true, { isRemembered: false });
  await steering.start();
  peers.start();
  logger.info({ url, version, config: loaded.path, secrets: loaded.secrets.name }, 'Liveman is ready');

  // A certificate is made out to the public name.
  const shownUrl = (tls && ownPublicUrl(config)) ?? url;
  const login = authenticator.isRequired ? `/?code=${authenticator.issueLoginCode()}` : '';
  return { url, innerUrl, loginUrl: shownUrl + login, close: () => resources.close() };
}
