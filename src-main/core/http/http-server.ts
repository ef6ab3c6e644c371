import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import fastifyCookie from '@fastify/cookie';
import fastifyStatic from '@fastify/static';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { httpRoutes } from '../../../src-shared/contract/http-routes.ts';
import type { RouteSpec } from '../../../src-shared/contract/route.ts';
import { REPLY_POLICY, WINDOW_POLICY } from '../../../src-shared/contract/window-policy.ts';
import { MS_PER_DAY, MS_PER_MINUTE } from '../../../src-shared/util/units.ts';
import type { AuditNote, AuditSink } from '../audit/audit-note.ts';
import { addressMatcher } from '../base/address-range.ts';
import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Config } from '../config/config-schema.ts';
import type { Authenticator } from './authenticator.ts';
import { callerOf } from './caller.ts';
import { decorateRequests, type Handlers, registerRoutes } from './endpoint.ts';
import { pathOf, sendError } from './error-reply.ts';
import { findGuardProblem, type GuardedRequest, isForeign } from './guard.ts';
import { addSecureHeaders } from './secure-server.ts';
import type { SessionCookie } from './session-cookie.ts';
import type { StandingCalls } from './standing-calls.ts';

export interface HttpServerOptions {
  readonly handlers: Handlers;
  readonly authenticator: Authenticator;
  readonly cookie: SessionCookie;
  /** Event streams, which end with the rights of who has them. */
  readonly standing: StandingCalls;
  /** Where acts of callers are kept. */
  readonly audit: AuditSink;
  readonly clock: Clock;
  /** Folder of the built window, served at `/`. */
  readonly rendererDir: string;
  readonly settings: Pick<Config['http'], 'cors' | 'public' | 'tls' | 'trusted_proxies'>;
  /** Makes it HTTPS. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly logger: Logger;
}

/** Builds the endpoint; listening is the caller's business (`app.listen`). */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const { authenticator, logger, settings, tls } = options;
  const proxies = settings.trusted_proxies;
  const app = Fastify({
    ...(tls ? { https: { cert: tls.cert, key: tls.key } } : {}),
    logger: false,
    forceCloseConnections: true,
    ...(proxies.length > 0 ? { trustProxy: addressMatcher(proxies) } : {}),
    // A stream name is one path segment of any length a node accepts.
    routerOptions: { maxParamLength: 2000 },
    // Of a whole request: a node may upload many seconds of video over a slow line. Headers have 60 s.
    requestTimeout: 600_000,
    keepAliveTimeout: 65_000,
    // A path that cannot be decoded reaches no route; upstream says so in text.
    frameworkErrors: (_, __, reply: FastifyReply) =>
      reply.status(400).type('text/plain; charset=utf-8').send(INVALID_URL),
  });
  decorateRequests(app);
  await app.register(fastifyCookie);
  // Each hook costs every reply some time.
  if (tls) addSecureHeaders(app, settings.tls.hsts_seconds);
  // Routes take JSON, and what else they take they say themselves: text by default would pass as a JSON string.
  app.removeContentTypeParser('text/plain');
  // Upstream's clients send JSON types of their own; SDP and others get 415 from Fastify.
  app.addContentTypeParser(
    /^application\/[\w.-]+\+json$/,
    { parseAs: 'string' },
    app.getDefaultJsonParser('error', 'error'),
  );

  const ownHostNames = [hostname(), ...hostNameOf(settings.public)];
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('content-security-policy', REPLY_POLICY);
    const problem = findGuardProblem(guarded(request), { ownHostNames, isCorsOn: settings.cors });
    if (problem) throw new AppError('forbidden', problem);
    applyCors(request, reply, settings.cors);
    if (request.method === 'OPTIONS') return reply.status(200).send();
  });
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply, 'ours', logger));
  app.setNotFoundHandler((request, reply) => answerUnknown(request, reply));

  registerRoutes(app, options.handlers, {
    findPrincipal: async (request, access) =>
      authenticator.findPrincipal(
        {
          authorization: request.headers.authorization,
          cookieSession: await options.cookie.read(request),
          desktopSecret: header(request, 'x-liveman-desktop'),
          reportSecret: (request.params as { secret?: string } | null)?.secret,
          address: request.ip,
          isForeign: isForeign(guarded(request)),
        },
        access,
      ),
    standing: options.standing,
    isUpstream: authenticator.isUpstream,
    audit: options.audit,
    nowMs: () => options.clock.nowMs(),
    logger,
  });
  await serveWindow(app, options);
  return app;
}

const INVALID_URL = 'Invalid URL: a part of the path is not UTF-8, or longer than any name may be.';

/** What the guard looks at. */
function guarded(request: FastifyRequest): GuardedRequest {
  return {
    method: request.method,
    host: request.headers.host,
    ...(request.host === request.headers.host ? {} : { forwardedHost: request.host }),
    origin: request.headers.origin,
    isSecure: request.protocol === 'https',
    fetchSite: header(request, 'sec-fetch-site'),
    hasExplicitCredential:
      request.headers.authorization !== undefined || header(request, 'x-liveman-desktop') !== undefined,
  };
}

async function serveWindow(app: FastifyInstance, options: HttpServerOptions): Promise<void> {
  const { authenticator, rendererDir } = options;
  if (!existsSync(rendererDir)) {
    options.logger.warn({ rendererDir }, 'The window is not built; only the API is served');
    return;
  }
  await app.register(fastifyStatic, { root: rendererDir, serve: false });
  // Names in assets/ carry a hash of the content.
  app.get('/assets/*', (request, reply) => {
    const { '*': name } = request.params as { '*': string };
    if (!/^[\w-]+(\.[\w-]+)+$/.test(name)) return answerUnknown(request, reply);
    return reply
      .header('content-security-policy', WINDOW_POLICY)
      .sendFile(`assets/${name}`, { maxAge: MS_PER_DAY * 365, immutable: true });
  });
  app.get('/', async (request, reply) => {
    const { code } = request.query as { code?: string | string[] };
    if (code !== undefined) {
      const session = await authenticator.redeemLoginCode([code].flat()[0] ?? '', callerOf(request));
      if (session) await options.cookie.set(reply, session);
      options.audit.note(loginByCode(request, session !== null, options.clock.nowMs()));
      // The code leaves the address bar and the history at once; it is used up in any case.
      return reply.redirect('/', 303);
    }
    return reply
      .header('content-security-policy', WINDOW_POLICY)
      .header('cache-control', 'no-cache')
      .header('referrer-policy', 'no-referrer')
      .header('x-frame-options', 'DENY')
      .sendFile('index.html', { cacheControl: false });
  });
}

function loginByCode(request: FastifyRequest, isRight: boolean, atMs: number): AuditNote {
  return {
    atMs,
    who: isRight ? 'login code' : '',
    credential: isRight ? 'code' : 'none',
    session: null,
    action: 'log in',
    object: 'login code',
    outcome: isRight ? 'ok' : 'refused',
    status: 303,
    ...callerOf(request),
    ...(isRight ? {} : { mergeWithinMs: MS_PER_MINUTE }),
  };
}

/** 405 with Allow where only the method is wrong, 404 as upstream words it otherwise. */
function answerUnknown(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const allowed = (Object.values(httpRoutes) as RouteSpec[])
    .filter((spec) => pathPattern(spec.path).test(pathOf(request)))
    .map((spec) => spec.method);
  if (allowed.length > 0) {
    const methods = new Set(allowed.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])));
    return reply
      .status(405)
      .header('allow', [...methods].join(','))
      .send();
  }
  return reply.status(404).type('text/plain; charset=utf-8').send('not found');
}

function pathPattern(path: string): RegExp {
  const source = path
    .replace(/[.+?^$()|[\]\\]/g, '\\$&')
    .replace(/\{\*\w+\}/g, '.*')
    .replace(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${source}$`);
}

/** Upstream's CORS: everything or nothing. Authorization is named, as `*` does not cover it. */
function applyCors(request: FastifyRequest, reply: FastifyReply, isCorsOn: boolean): void {
  reply.header('vary', 'origin, access-control-request-method, access-control-request-headers');
  if (!isCorsOn) {
    // Pages of other origins cannot show what a browser would fetch for them without asking.
    reply.header('cross-origin-resource-policy', 'same-origin');
    return;
  }
  reply.header('access-control-allow-origin', '*').header('access-control-expose-headers', '*');
  if (request.method !== 'OPTIONS') return;
  const asked = header(request, 'access-control-request-headers');
  reply
    .header('access-control-allow-methods', '*')
    .header('access-control-allow-headers', asked ?? '*, authorization');
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function hostNameOf(url: string | undefined): string[] {
  return url && URL.canParse(url) ? [new URL(url).hostname] : [];
}
