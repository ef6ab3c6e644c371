import type { Static, TSchema } from 'typebox';
import { accessRoutes } from './access-routes.ts';
import { alertRoutes, metricsRoutes } from './alert-routes.ts';
import { auditRoutes } from './audit-routes.ts';
import { bookmarkRoutes } from './bookmark-routes.ts';
import { cascadeRoutes } from './cascade-routes.ts';
import { clusterRoutes } from './cluster-routes.ts';
import { exportRoutes } from './export-routes.ts';
import { indexRoutes } from './index-routes.ts';
import { integrityRoutes } from './integrity-routes.ts';
import { managerRoutes } from './manager-routes.ts';
import { nodeRoutes } from './node-routes.ts';
import { profileRoutes } from './profile-routes.ts';
import { recordControlRoutes } from './record-control-routes.ts';
import { recordingRoutes } from './recording-routes.ts';
import { reportPathRoutes } from './report-path-routes.ts';
import { retentionRoutes } from './retention-routes.ts';
import { routingRoutes } from './routing-routes.ts';
import { secretRoutes } from './secret-routes.ts';
import { setAsideRoutes } from './set-aside-routes.ts';
import { storageRoutes } from './storage-routes.ts';
import { storagesRoutes } from './storages-routes.ts';
import { systemRoutes } from './system-routes.ts';

/** Every HTTP route of the manager, by operation name. */
export const httpRoutes = {
  ...systemRoutes,
  ...clusterRoutes,
  ...recordingRoutes,
  ...exportRoutes,
  ...nodeRoutes,
  ...alertRoutes,
  ...metricsRoutes,
  ...routingRoutes,
  ...storageRoutes,
  ...storagesRoutes,
  ...integrityRoutes,
  ...setAsideRoutes,
  ...cascadeRoutes,
  ...recordControlRoutes,
  ...accessRoutes,
  ...auditRoutes,
  ...reportPathRoutes,
  ...managerRoutes,
  ...secretRoutes,
  ...profileRoutes,
  ...indexRoutes,
  ...bookmarkRoutes,
  ...retentionRoutes,
} as const;

export type HttpRoutes = typeof httpRoutes;
export type RouteName = keyof HttpRoutes;

type Part<R, K extends string> = R extends Record<K, infer S extends TSchema> ? Static<S> : undefined;

/** Decoded path parameters of a route, or undefined. */
export type ParamsOf<N extends RouteName> = Part<HttpRoutes[N], 'params'>;
export type QueryOf<N extends RouteName> = Part<HttpRoutes[N], 'query'>;
export type BodyOf<N extends RouteName> = Part<HttpRoutes[N], 'body'>;
/** JSON of the 200 reply; undefined where the reply is not JSON. */
export type ReplyOf<N extends RouteName> = HttpRoutes[N]['reply'] extends TSchema
  ? Static<HttpRoutes[N]['reply']>
  : undefined;

/** Body of every failure of a route of our form, and of upstream's where the client accepts JSON. */
export interface ErrorReply {
  readonly code: string;
  readonly message: string;
  readonly details?: Record<string, unknown>;
}
