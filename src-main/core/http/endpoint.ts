import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import {
  type BodyOf,
  httpRoutes,
  type ParamsOf,
  type QueryOf,
  type ReplyOf,
  type RouteName,
} from '../../../src-shared/contract/http-routes.ts';
import { ROUTE_ACCESSES, type RouteAccess, type RouteSpec } from '../../../src-shared/contract/route.ts';
import type { AuditSink } from '../audit/audit-note.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { auditCall, type CallAudit, NO_AUDIT } from './call-audit.ts';
import { pathOf, sendError } from './error-reply.ts';
import { isAllowed, type Principal } from './principal.ts';
import { compileValidator } from './route-validator.ts';
import type { StandingCalls } from './standing-calls.ts';
import { isAllowedUpstream, isKnownUpstream } from './upstream-rules.ts';

/** What a handler is given; everything in it has been checked. */
export interface Call<N extends RouteName> {
  readonly params: ParamsOf<N>;
  readonly query: QueryOf<N>;
  readonly body: BodyOf<N>;
  readonly principal: Principal | null;
  /** The audit entry of this call, where the route has one. */
  readonly audit: CallAudit;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Answers a route: JSON is returned; replies of another media type are sent through `call.reply`. */
export type Handler<N extends RouteName> = (
  call: Call<N>,
) => ReplyOf<N> extends undefined ? Promise<unknown> | unknown : Promise<ReplyOf<N>> | ReplyOf<N>;

export type Handlers = { [N in RouteName]: Handler<N> };

/** How a request finds out who it comes from. */
export type FindPrincipal = (request: FastifyRequest, access: RouteAccess) => Promise<Principal | null>;

/** What every route needs, beside its handler. */
export interface RouteContext {
  readonly findPrincipal: FindPrincipal;
  readonly audit: AuditSink;
  /** Event streams, which end with the rights of who has them. */
  readonly standing: StandingCalls;
  /** Whether upstream's decision table is in force for those it knows (`auth.compat`). */
  readonly isUpstream: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
  readonly logger: Logger;
}

/**
 * Registers every route of the contract with its handler.
 *
 * The type of `handlers` demands one for each route, and access is checked here and nowhere else, so that no
 * route can be there without it.
 */
export function registerRoutes(app: FastifyInstance, handlers: Handlers, context: RouteContext): void {
  const register = (scope: FastifyInstance, isRaw: boolean) => {
    for (const name of Object.keys(httpRoutes) as RouteName[]) {
      const spec: RouteSpec = httpRoutes[name];
      if ((spec.rawBody !== undefined) !== isRaw) continue;
      registerRoute(scope, spec, handlers[name] as Handler<RouteName>, context);
    }
  };
  register(app, false);
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_, payload, done) => done(null, payload));
    register(scope, true);
  });
}

const BODY_LIMIT_BYTES = 8 * 1024 * 1024;
/** Everybody who reaches the port can make these routes hold a body. */
const OPEN_BODY_LIMIT_BYTES = 64 * 1024;

function registerRoute(
  app: FastifyInstance,
  spec: RouteSpec,
  handler: Handler<RouteName>,
  { audit, findPrincipal, isUpstream, logger, nowMs, standing }: RouteContext,
): void {
  demandAccess(spec);
  const checkParams = spec.params && compileValidator('params', spec.params);
  const checkQuery = spec.query && compileValidator('query', spec.query);
  const checkBody = spec.body && compileValidator('body', spec.body);
  const isPermitted = (principal: Principal, request: FastifyRequest) =>
    isUpstream && isKnownUpstream(principal)
      ? isAllowedUpstream(principal, request.method, pathOf(request))
      : isAllowed(principal, spec.access, streamOf(request));
  app.route({
    method: spec.method as HTTPMethods,
    url: toFastifyPath(spec.path),
    bodyLimit: spec.access === 'open' && !spec.rawBody ? OPEN_BODY_LIMIT_BYTES : BODY_LIMIT_BYTES,
    errorHandler: (error, request, reply) => sendError(error, request, reply, spec.form, logger),
    // Before the body is read: who may not call a route cannot make it buffer anything.
    onRequest: async (request, reply) => {
      if (spec.audit) request.callAudit = auditCall(spec.audit, { sink: audit, nowMs }, request, reply);
      const principal = spec.isAnonymous ? null : await findPrincipal(request, spec.access);
      request.principal = principal;
      if (spec.access === 'open') return;
      if (!principal) return reply.status(401).send();
      if (!isPermitted(principal, request)) throw new AppError('forbidden', "Don't permission");
    },
    handler: async (request, reply) => {
      const result = await handler(
        new RouteCall(
          request,
          reply,
          (checkParams ? checkParams(request.params) : undefined) as never,
          (checkQuery ? checkQuery(request.query) : undefined) as never,
          (checkBody ? checkBody(request.body) : undefined) as never,
        ),
      );
      if (spec.reply === 'text/event-stream' && spec.access !== 'open') {
        standing.add(reply, async () => {
          const principal = await findPrincipal(request, spec.access);
          return (
            principal !== null && isSameReach(principal, request.principal) && isPermitted(principal, request)
          );
        });
      }
      if (typeof spec.reply === 'string' || reply.sent) return result;
      return reply.header('cache-control', 'no-store').send(result);
    },
  });
}

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | null;
    callAudit: CallAudit | null;
  }
}

/** What every request has before its route is known. */
export function decorateRequests(app: FastifyInstance): void {
  app.decorateRequest('principal', null);
  app.decorateRequest('callAudit', null);
}

/** The types say the same; a contract that was built otherwise must not open a door. */
function demandAccess(spec: RouteSpec): void {
  if (ROUTE_ACCESSES.includes(spec.access)) return;
  throw new Error(`The route ${spec.method} ${spec.path} does not say who may call it.`);
}

/** `{stream}` and `{*path}` of the contract as Fastify writes them. */
export function toFastifyPath(path: string): string {
  return path.replace(/\{\*\w+\}/g, '*').replace(/\{(\w+)\}/g, ':$1');
}

/** What a stream shows was decided when it began: a caller with other rights has to begin anew. */
function isSameReach(now: Principal, before: Principal | null): boolean {
  return now.id === before?.id && now.mode === before.mode && String(now.streams) === String(before.streams);
}

function streamOf(request: FastifyRequest): string | undefined {
  const params = request.params as Record<string, string> | undefined;
  return params?.stream;
}

class RouteCall<N extends RouteName> implements Call<N> {
  readonly principal: Principal | null;
  readonly audit: CallAudit;
  #signal: AbortSignal | undefined;

  constructor(
    readonly request: FastifyRequest,
    readonly reply: FastifyReply,
    readonly params: ParamsOf<N>,
    readonly query: QueryOf<N>,
    readonly body: BodyOf<N>,
  ) {
    this.principal = request.principal;
    this.audit = request.callAudit ?? NO_AUDIT;
  }

  /** Most calls are over before anybody could ask for it. */
  get signal(): AbortSignal {
    this.#signal ??= abortOnClose(this.request, this.reply);
    return this.#signal;
  }
}

function abortOnClose(request: FastifyRequest, reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  const abort = () => {
    if (!reply.raw.writableFinished) controller.abort();
  };
  if (reply.raw.destroyed) abort();
  reply.raw.once('close', abort);
  request.raw.once('error', abort);
  return controller.signal;
}
