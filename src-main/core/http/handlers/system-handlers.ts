import type { FastifyReply } from 'fastify';
import { AppError } from '../../base/errors.ts';
import type { Authenticator } from '../authenticator.ts';
import type { Handlers } from '../endpoint.ts';
import { openApiDocument } from '../openapi.ts';
import { SESSION_COOKIE, SESSION_COOKIE_OPTIONS } from '../session-cookie.ts';

export interface SystemHandlerOptions {
  readonly authenticator: Authenticator;
  readonly version: string;
  readonly checkReady: (signal: AbortSignal) => Promise<void>;
}

type SystemRoute =
  | 'getHealth'
  | 'getReadiness'
  | 'getInfo'
  | 'getSession'
  | 'login'
  | 'logout'
  | 'getOpenApi';

/** Health, identity, login. */
export function systemHandlers(options: SystemHandlerOptions): Pick<Handlers, SystemRoute> {
  const { authenticator, checkReady, version } = options;
  return {
    getHealth: () => ({ status: 'ok' }),
    getReadiness: async ({ signal }) => {
      await checkReady(signal);
      return { status: 'ready' };
    },
    getInfo: () => ({ version, gitHash: '', buildTime: '', features: ['liveman', 'recorder'] }),
    getSession: ({ principal, reply, request }) => {
      // Pictures and event streams cannot carry a header, so a page that brings a token gets a session for it.
      if (principal && request.headers.authorization) {
        reply.setCookie(SESSION_COOKIE, authenticator.openSession(principal), SESSION_COOKIE_OPTIONS);
      }
      return {
        isAuthRequired: authenticator.isRequired,
        isSignedIn: principal !== null,
        hasAccounts: authenticator.hasAccounts,
        name: principal?.name ?? null,
      };
    },
    login: async ({ body, reply, request }) => {
      if (body.username === '' || body.password === '') return refuse(reply, 400, 'Missing credentials');
      try {
        const principal = authenticator.checkLogin(body.username, body.password, request.ip);
        const access_token = await authenticator.issueToken(principal);
        reply.setCookie(SESSION_COOKIE, authenticator.openSession(principal), SESSION_COOKIE_OPTIONS);
        return { access_token, token_type: 'Bearer' };
      } catch (error) {
        if (error instanceof AppError && error.code === 'unauthorized')
          return refuse(reply, 401, error.message);
        throw error;
      }
    },
    logout: ({ reply, request }) => {
      const session = request.cookies[SESSION_COOKIE];
      if (session) authenticator.closeSession(session);
      reply.clearCookie(SESSION_COOKIE, SESSION_COOKIE_OPTIONS);
      return { status: 'ok' };
    },
    getOpenApi: () => openApiDocument(version),
  };
}

/** Upstream answers a failed login in JSON of its own; its clients read `error`. */
function refuse(reply: FastifyReply, status: number, error: string): never {
  reply.status(status).send({ error, code: status === 400 ? 'bad_request' : 'unauthorized', message: error });
  return undefined as never;
}
